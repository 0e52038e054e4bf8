with offence_categories as (

    select * from {{ ref('offence_category') }}

),

categories as (

    select * from {{ ref('recorded_crime_category') }}

),

members as (

    select * from {{ ref('csae_definition_category') }}

),

-- A code counts by its category for any crime; a crime of which only the category is known, by that.
kinds as (

    select
        home_office_code,
        offence_category
    from offence_categories
    where applies_to = 'any_crime'
    union all
    select
        null as home_office_code,
        offence_category
    from categories

)

select
    kinds.home_office_code,
    kinds.offence_category,
    members.definition,
    bool_or(members.condition = 'always') as is_always_in
from kinds
inner join members
    on
        kinds.offence_category = members.offence_category
        and (members.home_office_code is null or kinds.home_office_code = members.home_office_code)
group by kinds.home_office_code, kinds.offence_category, members.definition
