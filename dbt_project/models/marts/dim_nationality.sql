with nationalities as (

    select * from {{ ref('nationality') }}

)

select
    nationality_code,
    alpha_2,
    name,
    kind,
    nationality_code = 'GBR' as is_british
from nationalities
