-- What the ledger says was read of a load is what became of its rows, fate by fate.
with accounting as (

    {{ checked_rows(ref('dq_row_accounting'), 'load_id', ref('int_changed_accounting')) }}

)

select
    load_id,
    record_kind,
    rows_read,
    rows_accounted
from accounting
where rows_read <> rows_accounted
