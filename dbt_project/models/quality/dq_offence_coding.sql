with crimes as (

    select * from {{ ref('int_crime_count') }}

)

select
    force_code,
    is_counted_nationally,
    offence_basis,
    sum(crimes)::bigint as crimes,
    sum(cjs_code_contradicted)::bigint as cjs_code_contradicted,
    sum(category_contradicted)::bigint as category_contradicted,
    sum(code_not_in_force)::bigint as code_not_in_force
from crimes
group by force_code, is_counted_nationally, offence_basis
