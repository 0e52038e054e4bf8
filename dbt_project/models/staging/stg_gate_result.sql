with results as (

    select * from {{ source('ops', 'gate_result') }}

)

select
    load_id,
    record_kind,
    reason_code,
    column_name,
    severity,
    rows_checked,
    rows_failed
from results
