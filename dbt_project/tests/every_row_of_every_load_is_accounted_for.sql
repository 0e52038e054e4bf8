-- What the ledger says was read of a load is what became of its rows, fate by fate.
with accounting as (

    select * from {{ ref('dq_row_accounting') }}

)

select
    load_id,
    record_kind,
    rows_read,
    rows_accounted
from accounting
where rows_read <> rows_accounted
