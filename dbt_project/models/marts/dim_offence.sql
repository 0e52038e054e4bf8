with offences as (

    select * from {{ ref('offence') }}

),

offence_categories as (

    select * from {{ ref('offence_category') }}

),

memberships as (

    select * from {{ ref('int_csae_membership') }}

),

latest as (

    {{ latest_categories('offence_categories') }}

),

multiple as (

    select
        home_office_code,
        min(offence_category) as offence_category
    from offence_categories
    where applies_to = 'multiple_undefined_offenders'
    group by home_office_code

),

statutory as (

    select distinct home_office_code
    from memberships
    where definition = 'statutory_list' and home_office_code is not null

)

select
    offences.home_office_code,
    offences.title,
    latest.offence_category,
    multiple.offence_category as multiple_offender_category,
    offences.csae_category,
    offences.victim_age,
    statutory.home_office_code is not null as is_statutory_child_offence
from offences
left join latest on offences.home_office_code = latest.home_office_code
left join multiple on offences.home_office_code = multiple.home_office_code
left join statutory on offences.home_office_code = statutory.home_office_code
