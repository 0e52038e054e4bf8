with results as (

    select * from {{ ref('stg_gate_result') }}

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
