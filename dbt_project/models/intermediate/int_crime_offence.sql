{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['month_slice']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_changed_person_crime') }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

offences as (

    select * from {{ ref('offence') }}

),

offence_categories as (

    select * from {{ ref('offence_category') }}

),

categories as (

    select * from {{ ref('recorded_crime_category') }}

),

reclassifications as (

    select * from {{ ref('offence_reclassification') }}

),

-- What the force wrote, and what each of it is decoded to. A code for "no classification" is none.
decoded as (

    select
        crimes.crime_key,
        crimes.month_slice,
        crimes.home_office_code as home_office_value,
        crimes.cjs_code as cjs_value,
        crimes.offence_title as title_value,
        crimes.offence_category as category_value,
        crimes.recorded_on,
        coalesce(crimes.offence_start_on, crimes.recorded_on) as legal_basis_on,
        case when home_office.rule <> 'category' then nullif(home_office.harmonised_code, '000/00') end
            as written_code,
        home_office.is_unmapped as is_written_code_unlisted,
        home_office.confidence as written_confidence,
        cjs.harmonised_code as cjs_home_office_code,
        cjs.confidence as cjs_confidence,
        case when title.rule <> 'category_title' then title.harmonised_code end as title_home_office_code,
        title.confidence as title_confidence,
        coalesce(
            category.harmonised_code,
            case when home_office.rule = 'category' then home_office.harmonised_code end,
            case when title.rule = 'category_title' then title.harmonised_code end
        ) as written_category
    from crimes
    {% for alias, column_name in [
        ('home_office', 'home_office_code'),
        ('cjs', 'cjs_code'),
        ('title', 'offence_title'),
        ('category', 'offence_category'),
    ] %}
        left join coded_values as {{ alias }}
            on
                crimes.force_code = {{ alias }}.force_code
                and crimes.layout_valid_from = {{ alias }}.layout_valid_from
                and crimes.{{ column_name }} = {{ alias }}.value
                and {{ alias }}.column_name = '{{ column_name }}'
    {% endfor %}

),

-- The Home Office code where it is listed, else the CJS code's, else the title's; a code that no list has comes last.
chosen as (

    select
        decoded.*,
        case
            when decoded.written_code is not null and not decoded.is_written_code_unlisted then 'home_office_code'
            when decoded.cjs_home_office_code is not null then 'cjs_code'
            when decoded.title_home_office_code is not null then 'offence_title'
            when decoded.written_code is not null then 'home_office_code'
            when decoded.written_category is not null then 'offence_category'
            else 'none'
        end as offence_basis
    from decoded

),

coded as (

    select
        chosen.*,
        case chosen.offence_basis
            when 'home_office_code' then chosen.written_code
            when 'cjs_code' then chosen.cjs_home_office_code
            when 'offence_title' then chosen.title_home_office_code
        end as home_office_code,
        case chosen.offence_basis
            when 'home_office_code' then chosen.written_confidence
            when 'cjs_code' then chosen.cjs_confidence
            when 'offence_title' then chosen.title_confidence
            else 0
        end as offence_confidence
    from chosen

),

-- The latest category of a code stands in where none held on the days of the crime.
latest_categories as (

    {{ latest_categories('offence_categories') }}

),

-- Which category a code falls under depends on the day of the offence and on that of the record.
categorised as (

    select
        coded.*,
        coalesce(in_force.offence_category, latest_categories.offence_category) as category_for_any_crime,
        in_force.offence_category is not null as is_code_in_force,
        as_written.offence_category as confirmed_category,
        offences.home_office_code as listed_code,
        offences.csae_category as csae_category_of_code,
        case when offences.home_office_code is null then coded.written_category end as category_without_code
    from coded
    left join offences on coded.home_office_code = offences.home_office_code
    left join latest_categories on coded.home_office_code = latest_categories.home_office_code
    left join offence_categories as in_force
        on
            coded.home_office_code = in_force.home_office_code
            and in_force.applies_to = 'any_crime'
            and {{ holds_on('in_force', 'coded') }}
    left join offence_categories as as_written
        on
            coded.home_office_code = as_written.home_office_code
            and coded.written_category = as_written.offence_category
            and {{ holds_on('as_written', 'coded') }}

),

-- The force's own category where it is one of the code's, or where no list has the code.
placed as (

    select
        categorised.*,
        coalesce(
            categorised.confirmed_category, categorised.category_for_any_crime, categorised.category_without_code
        ) as offence_category
    from categorised

)

select
    placed.crime_key,
    placed.month_slice,
    placed.home_office_value,
    placed.cjs_value,
    placed.title_value,
    placed.category_value,
    placed.home_office_code,
    placed.offence_basis,
    placed.offence_confidence,
    placed.written_code <> placed.cjs_home_office_code as is_cjs_code_contradicted,
    placed.offence_category,
    placed.listed_code,
    coalesce(placed.category_for_any_crime, placed.category_without_code) as category_for_any_crime,
    case when placed.listed_code is not null then placed.written_category <> coalesce(placed.offence_category, '') end
        as is_category_contradicted,
    placed.is_code_in_force,
    coalesce(reclassifications.to_category, placed.offence_category) as comparable_offence_category,
    coalesce(placed.csae_category_of_code, categories.csae_category) as csae_category,
    placed.legal_basis_on
from placed
left join categories on placed.category_without_code = categories.offence_category
left join reclassifications
    on
        placed.home_office_code = reclassifications.home_office_code
        and placed.offence_category = reclassifications.from_category
        and reclassifications.is_applied
-- By slices, as nights would have brought them: what is counted of one is read from pages that lie together.
order by placed.month_slice asc, placed.crime_key asc
