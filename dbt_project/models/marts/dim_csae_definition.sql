with definitions as (

    select * from {{ ref('csae_definition') }}

)

select
    definition,
    label,
    counts,
    source,
    sureness
from definitions
