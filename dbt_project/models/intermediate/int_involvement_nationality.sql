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

nationality_lists as (

    select * from {{ ref('int_nationality_list') }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

decoded as (

    select
        nationality_lists.force_code,
        nationality_lists.layout_valid_from,
        nationality_lists.nationalities,
        nationality_lists.list_position,
        nationality_lists.nationality_value,
        coded_values.harmonised_code,
        coded_values.harmonised_code is null as is_unmapped,
        coded_values.harmonised_code in ('NR', 'UNK', 'REFUSED') as is_no_nationality
    from nationality_lists
    left join coded_values
        on
            nationality_lists.force_code = coded_values.force_code
            and nationality_lists.layout_valid_from = coded_values.layout_valid_from
            and nationality_lists.nationality_value = coded_values.value
            and coded_values.column_name = 'nationalities'

),

-- One that is named twice, as 'British' and 'UK' say, is one nationality.
named as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        coalesce(harmonised_code, 'UNK') as nationality_code,
        min(list_position) as list_position,
        (array_agg(nationality_value order by list_position))[1] as nationality_value
    from decoded
    where is_unmapped or not is_no_nationality
    group by force_code, layout_valid_from, nationalities, coalesce(harmonised_code, 'UNK')

),

ranked as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        nationality_value,
        nationality_code,
        row_number() over one_list as nationality_rank,
        count(*) over (partition by force_code, layout_valid_from, nationalities) as nationality_count
    from named
    window one_list as (partition by force_code, layout_valid_from, nationalities order by list_position)

),

-- The first takes what rounding leaves over, so that a person's weights add up to one exactly.
weighted as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        nationality_value,
        nationality_code,
        nationality_rank,
        case
            when nationality_rank = 1 then 1 - (nationality_count - 1) * round(1.0 / nationality_count, 6)
            else round(1.0 / nationality_count, 6)
        end as nationality_weight
    from ranked

),

statuses as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        case
            when bool_or(is_unmapped) then 'unmapped'
            when bool_and(is_no_nationality) and bool_or(harmonised_code = 'REFUSED') then 'refused'
            when bool_and(is_no_nationality) then 'not_recorded'
            when bool_and(harmonised_code = 'GBR' or is_no_nationality) then 'british_only'
            when bool_or(harmonised_code = 'GBR') then 'british_and_other'
            when bool_and(harmonised_code = 'STATELESS' or is_no_nationality) then 'stateless'
            else 'other_only'
        end as nationality_status
    from decoded
    group by force_code, layout_valid_from, nationalities

),

immigration_values as (

    select
        force_code,
        layout_valid_from,
        value,
        nullif(coalesce(harmonised_code, 'unmapped'), 'not_recorded') as immigration_status
    from coded_values
    where column_name = 'immigration_status'

),

lists as (

    select
        statuses.force_code,
        statuses.layout_valid_from,
        statuses.nationalities,
        statuses.nationality_status,
        weighted.nationality_value,
        weighted.nationality_code,
        weighted.nationality_rank,
        weighted.nationality_weight
    from statuses
    left join weighted
        on
            statuses.force_code = weighted.force_code
            and statuses.layout_valid_from = weighted.layout_valid_from
            and statuses.nationalities = weighted.nationalities

)

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

    lists.nationality_value,
    coalesce(lists.nationality_code, 'UNK') as nationality_code,
    coalesce(lists.nationality_rank, 1)::integer as nationality_rank,
    coalesce(lists.nationality_weight, 1)::numeric(9, 6) as nationality_weight,
    coalesce(lists.nationality_status, 'not_recorded') as nationality_status,
    immigration_values.immigration_status
from involvements
left join lists
    on
        involvements.force_code = lists.force_code
        and involvements.layout_valid_from = lists.layout_valid_from
        and involvements.nationalities = lists.nationalities
left join immigration_values
    on
        involvements.force_code = immigration_values.force_code
        and involvements.layout_valid_from = immigration_values.layout_valid_from
        and involvements.immigration_status = immigration_values.value
-- By slices, as nights would have brought them: what is counted of one is read from pages that lie together.
order by involvements.month_slice asc, involvements.crime_key asc
