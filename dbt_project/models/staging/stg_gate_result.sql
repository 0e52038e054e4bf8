-- No step before: PostgreSQL looks into a view for an index only where it has none.
select
    load_id,
    record_kind,
    reason_code,
    column_name,
    severity,
    rows_checked,
    rows_failed
from {{ source('ops', 'gate_result') }}
