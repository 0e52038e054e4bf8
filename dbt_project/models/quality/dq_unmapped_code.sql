with coded_values as (

    select * from {{ ref('int_coded_value') }}

)

select
    force_code,
    column_name,
    scheme,
    value,
    sum(row_count)::bigint as row_count,
    min(first_seen_on) as first_seen_on,
    max(last_seen_on) as last_seen_on
from coded_values
where is_unmapped
group by force_code, column_name, scheme, value
