{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['load_id']}],
    )
}}

with results as (

    {{ changed_rows(ref('stg_gate_result'), 'load_id', 'int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

)

select
    results.load_id,
    loads.force_code,
    loads.delivery_on,
    loads.is_accepted,
    results.record_kind,
    results.reason_code,
    results.column_name,
    results.severity,
    results.rows_checked,
    results.rows_failed
from results
inner join loads on results.load_id = loads.load_id
