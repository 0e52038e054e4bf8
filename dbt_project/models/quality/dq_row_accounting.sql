{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_accounting')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['load_id']}],
    )
}}

with loads as (

    {{ changed_rows(ref('stg_load'), 'load_id', 'int_changed_accounting') }}

),

crime_fates as (

    {{ changed_rows(ref('int_crime_fate'), 'load_id', 'int_changed_accounting') }}

),

involvement_fates as (

    {{ changed_rows(ref('int_involvement_fate'), 'load_id', 'int_changed_accounting') }}

),

case_review_fates as (

    {{ changed_rows(ref('int_case_review_fate'), 'load_id', 'int_changed_accounting') }}

),

-- What the ledger says was read: of a load rejected before its rows were counted, nothing.
read_rows as (

    select
        load_id,
        force_code,
        delivery_on,
        is_accepted,
        'crime' as record_kind,
        coalesce(crimes_read, 0) as rows_read
    from loads
    union all
    select
        load_id,
        force_code,
        delivery_on,
        is_accepted,
        'involvement' as record_kind,
        coalesce(involvements_read, 0) as rows_read
    from loads
    union all
    select
        load_id,
        force_code,
        delivery_on,
        is_accepted,
        'case_review' as record_kind,
        case_reviews_read as rows_read
    from loads
    where case_reviews_read > 0

),

fates as (

    select
        load_id,
        'crime' as record_kind,
        fate,
        count(*) as row_count
    from crime_fates
    group by load_id, fate
    union all
    select
        load_id,
        'involvement' as record_kind,
        fate,
        count(*) as row_count
    from involvement_fates
    group by load_id, fate
    union all
    select
        load_id,
        'case_review' as record_kind,
        fate,
        count(*) as row_count
    from case_review_fates
    group by load_id, fate

),

accounted as (

    select
        load_id,
        record_kind,
        {% for fate in ['current', 'superseded', 'duplicate', 'withdrawn', 'transferred', 'quarantined'] -%}
            coalesce(sum(row_count) filter (where fate = '{{ fate }}'), 0)::bigint as rows_{{ fate }},
        {% endfor -%}
        sum(row_count)::bigint as rows_accounted
    from fates
    group by load_id, record_kind

)

select
    read_rows.load_id,
    read_rows.record_kind,
    read_rows.force_code,
    read_rows.delivery_on,
    read_rows.is_accepted,
    read_rows.rows_read,
    {% for fate in ['current', 'superseded', 'duplicate', 'withdrawn', 'transferred', 'quarantined'] -%}
        coalesce(accounted.rows_{{ fate }}, 0) as rows_{{ fate }},
    {% endfor -%}
    coalesce(accounted.rows_accounted, 0) as rows_accounted
from read_rows
left join accounted on read_rows.load_id = accounted.load_id and read_rows.record_kind = accounted.record_kind
