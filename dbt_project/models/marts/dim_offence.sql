with offences as (

    select * from {{ ref('home_office_offence') }}

)

select
    home_office_code,
    title,
    offence_category,
    multiple_offender_category,
    csae_category,
    is_statutory_child_offence
from offences
