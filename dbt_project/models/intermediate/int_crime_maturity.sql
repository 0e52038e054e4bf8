{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        indexes=[{'columns': ['crime_key']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_changed_person_crime') }}

),

versions as (

    {{ changed_rows(ref('int_crime_version'), 'crime_key', 'int_changed_person_crime') }}

),

crime_outcomes as (

    {{ changed_rows(ref('int_crime_outcome'), 'crime_key', 'int_changed_person_crime') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

wordings as (

    select * from {{ ref('int_wording') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}

),

written_outcomes as (

    select distinct
        outcome_code as value,
        {{ normalised_form('outcome_code') }} as form
    from versions
    where has_stood and outcome_code is not null

),

-- What was written on earlier versions is read by code or wording alone: how a source's other crimes are written has no
-- say in it.
readings as (

    select
        value,
        1 as place,
        {{ normalised_outcome_code('value') }} as harmonised_code
    from written_outcomes
    union all
    select
        written_outcomes.value,
        2 as place,
        wordings.harmonised_code
    from written_outcomes
    inner join wordings
        on
            wordings.column_name = 'outcome_code'
            and wordings.key_kind = 'form'
            and written_outcomes.form = wordings.wording_key
    union all
    select
        written_outcomes.value,
        3 as place,
        wordings.harmonised_code
    from written_outcomes
    inner join form_keys on form_keys.subject = 'outcome' and written_outcomes.form = form_keys.form
    inner join wordings
        on
            wordings.column_name = 'outcome_code'
            and wordings.key_kind = 'said'
            and form_keys.said = wordings.wording_key

),

first_readings as (

    select distinct on (value)
        value,
        harmonised_code
    from readings
    where harmonised_code is not null
    order by value asc, place asc

),

final_outcomes as (

    select
        first_readings.value,
        outcomes.outcome_code
    from first_readings
    inner join outcomes on first_readings.harmonised_code = outcomes.outcome_code

),

became_final as (

    select
        versions.crime_key,
        min(versions.delivery_order) as final_order
    from versions
    inner join crimes on versions.crime_key = crimes.crime_key
    inner join final_outcomes on versions.outcome_code = final_outcomes.value
    where versions.has_stood and coalesce(versions.record_status, 'live') <> 'cancelled'
    group by versions.crime_key

),

-- A crime of which there is one version cannot have changed: most are.
came_again as (

    select crime_key
    from versions
    where has_stood
    group by crime_key
    having count(*) > 1

),

-- Dates and flags are the same in every layout. Codes are compared as written, within one layout: a new records system
-- writes the same offence in another way.
since as (

    select
        versions.crime_key,
        versions.layout_valid_from,
        jsonb_build_array(
            versions.record_status,
            versions.recorded_on,
            versions.offence_start_on,
            versions.outcome_on,
            versions.is_online,
            versions.is_group_based,
            versions.is_child_abuse_flagged,
            versions.outcome_code is null
        ) as facts,
        jsonb_build_array(
            {{ normalised_form('versions.home_office_code') }},
            {{ normalised_form('versions.cjs_code') }},
            case
                when versions.home_office_code is null and versions.cjs_code is null
                    then {{ normalised_form('versions.offence_title') }}
            end,
            {{ normalised_form('versions.offence_category') }},
            coalesce(final_outcomes.outcome_code, {{ normalised_form('versions.outcome_code') }})
        ) as codes
    from versions
    inner join came_again on versions.crime_key = came_again.crime_key
    inner join became_final on versions.crime_key = became_final.crime_key
    left join final_outcomes on versions.outcome_code = final_outcomes.value
    where versions.has_stood and versions.delivery_order >= became_final.final_order

),

by_layout as (

    select
        crime_key,
        min(facts::text) as least_facts,
        max(facts::text) as greatest_facts,
        min(codes::text) <> max(codes::text) as has_changed_code
    from since
    group by crime_key, layout_valid_from

),

changed as (

    select
        crime_key,
        min(least_facts) <> max(greatest_facts) or bool_or(has_changed_code) as is_changed
    from by_layout
    group by crime_key

)

select
    crimes.crime_key,
    case
        when crimes.is_transfer_pending or crime_outcomes.outcome_group is null then 'provisional'
        when changed.is_changed then 'restated'
        else 'final'
    end as data_maturity
from crimes
inner join crime_outcomes on crimes.crime_key = crime_outcomes.crime_key
left join changed on crimes.crime_key = changed.crime_key
