with outcomes as (

    select * from {{ ref('outcome') }}

)

select
    outcome_code,
    label,
    outcome_group,
    suspect_identified,
    suspect_ground
from outcomes
