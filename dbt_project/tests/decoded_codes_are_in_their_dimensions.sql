-- What a value is decoded to exists, and is never more than its column can say: of an observation, a group.
with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

ethnicity_answers as (

    select * from {{ ref('ethnicity_answer') }}

),

nationalities as (

    select * from {{ ref('nationality') }}

),

immigration_wordings as (

    select * from {{ ref('immigration_status_wording') }}

),

offences as (

    select * from {{ ref('offence') }}

),

offence_categories as (

    select * from {{ ref('recorded_crime_category') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

forces as (

    select * from {{ ref('forces') }}

),

possible as (

    select
        'self_defined_ethnicity' as column_name,
        answer as harmonised_code
    from ethnicity_answers
    union
    select
        'observed_ethnicity' as column_name,
        observed_answer as harmonised_code
    from ethnicity_answers
    union
    select
        'nationalities' as column_name,
        nationality_code as harmonised_code
    from nationalities
    union
    select
        'nationalities' as column_name,
        said.harmonised_code
    from (values ('NR'), ('REFUSED'), ('UNK')) as said (harmonised_code)
    union
    select
        columns_with_codes.column_name,
        offences.home_office_code as harmonised_code
    from offences
    cross join (values ('home_office_code'), ('cjs_code'), ('offence_title')) as columns_with_codes (column_name)
    union
    select
        columns_with_categories.column_name,
        offence_categories.offence_category as harmonised_code
    from offence_categories
    cross join (
        values ('home_office_code'), ('offence_category'), ('offence_title')
    ) as columns_with_categories (column_name)
    union
    select
        'outcome_code' as column_name,
        outcome_code as harmonised_code
    from outcomes
    union
    select
        'transfer_force' as column_name,
        force_code as harmonised_code
    from forces
    union
    select
        'immigration_status' as column_name,
        immigration_status as harmonised_code
    from immigration_wordings

)

select
    coded_values.force_code,
    coded_values.column_name,
    coded_values.harmonised_code
from coded_values
left join possible
    on
        coded_values.column_name = possible.column_name
        and coded_values.harmonised_code = possible.harmonised_code
where not coded_values.is_unmapped and possible.harmonised_code is null
