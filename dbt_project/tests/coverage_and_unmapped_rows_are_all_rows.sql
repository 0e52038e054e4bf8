-- What is decoded and what is listed as unmapped is everything that stands, by force and column.
with coverage as (

    select * from {{ ref('dq_code_coverage') }}

),

unmapped_codes as (

    select * from {{ ref('dq_unmapped_code') }}

),

unmapped as (

    select
        force_code,
        column_name,
        sum(row_count) as row_count
    from unmapped_codes
    group by force_code, column_name

)

select
    coalesce(coverage.force_code, unmapped.force_code) as force_code,
    coalesce(coverage.column_name, unmapped.column_name) as column_name,
    coverage.row_count,
    coverage.rows_decoded,
    unmapped.row_count as rows_unmapped
from coverage
full outer join unmapped
    on coverage.force_code = unmapped.force_code and coverage.column_name = unmapped.column_name
where coalesce(coverage.row_count, 0) <> coalesce(coverage.rows_decoded, 0) + coalesce(unmapped.row_count, 0)
