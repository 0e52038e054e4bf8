with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

-- One value of a force is one value, in whichever of its layouts it stands.
distinct_values as (

    select
        force_code,
        column_name,
        value,
        bool_and(not is_unmapped) as is_decoded,
        sum(row_count) as row_count,
        coalesce(sum(row_count) filter (where not is_unmapped), 0) as rows_decoded
    from coded_values
    group by force_code, column_name, value

),

totals as (

    select
        force_code,
        column_name,
        count(*) as distinct_values,
        count(*) filter (where is_decoded) as distinct_values_decoded,
        sum(row_count)::bigint as row_count,
        sum(rows_decoded)::bigint as rows_decoded
    from distinct_values
    group by force_code, column_name

)

select
    force_code,
    column_name,
    distinct_values,
    distinct_values_decoded,
    (distinct_values_decoded::numeric / distinct_values)::numeric(7, 4) as distinct_values_decoded_share,
    row_count,
    rows_decoded,
    (rows_decoded::numeric / row_count)::numeric(7, 4) as rows_decoded_share
from totals
