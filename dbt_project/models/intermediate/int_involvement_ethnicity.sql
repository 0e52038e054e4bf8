{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['month_slice']}],
    )
}}

with involvements as (

    {{ changed_rows(ref('int_involvement_current'), 'crime_key', 'int_changed_person_crime') }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

answers as (

    select * from {{ ref('ethnicity_answer') }}

),

-- Blank, refused, not known and undecodable are different facts; a group without a category is one too.
self_defined_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        answers.self_defined_code,
        answers.ethnicity_group,
        case when coded_values.harmonised_code is null then 'unmapped' else answers.missing_reason end as missing_reason
    from coded_values
    left join answers on coded_values.harmonised_code = answers.answer
    where coded_values.column_name = 'self_defined_ethnicity'

),

observed_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        answers.ethnicity_group as observed_code,
        case
            when coded_values.harmonised_code is null then 'unmapped'
            when answers.ethnicity_group is null then answers.missing_reason
        end as missing_reason
    from coded_values
    left join answers on coded_values.harmonised_code = answers.answer
    where coded_values.column_name = 'observed_ethnicity'

)

-- What a person says of themselves comes before what an officer saw, which is a group and never a code.
select
    involvements.involvement_key,
    involvements.crime_key,
    involvements.person_key,
    involvements.role,
    involvements.force_code,
    involvements.recorded_on,
    involvements.is_counted_nationally,
    involvements.load_id,
    involvements.month_slice,

    involvements.self_defined_ethnicity as self_defined_value,
    self_defined_values.self_defined_code,
    case
        when involvements.self_defined_ethnicity is null then 'not_recorded'
        else self_defined_values.missing_reason
    end as missing_reason,

    involvements.observed_ethnicity as observed_value,
    observed_values.observed_code,
    case
        when involvements.observed_ethnicity is null then 'not_recorded'
        else observed_values.missing_reason
    end as observed_missing_reason,

    nullif(self_defined_values.self_defined_code, 'NS') as ethnicity_code,
    coalesce(self_defined_values.ethnicity_group, observed_values.observed_code, 'U') as ethnicity_group,
    case
        when self_defined_values.ethnicity_group is not null then 'self_defined'
        when observed_values.observed_code is not null then 'observed'
        else 'none'
    end as ethnicity_basis,
    self_defined_values.ethnicity_group <> observed_values.observed_code as self_defined_disagrees_with_observed,

    involvements.sex,
    involvements.age_at_offence
from involvements
left join self_defined_values
    on
        involvements.force_code = self_defined_values.force_code
        and involvements.layout_valid_from = self_defined_values.layout_valid_from
        and involvements.self_defined_ethnicity = self_defined_values.value
left join observed_values
    on
        involvements.force_code = observed_values.force_code
        and involvements.layout_valid_from = observed_values.layout_valid_from
        and involvements.observed_ethnicity = observed_values.value
-- By slices, as nights would have brought them: what is counted of one is read from pages that lie together.
order by involvements.month_slice asc, involvements.crime_key asc
