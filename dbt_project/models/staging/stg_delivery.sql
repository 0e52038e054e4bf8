with loads as (

    select * from {{ source('ops', 'load') }}

)

-- The same bytes as those of another date are a delivery all the same.
select
    source as force_code,
    delivery_on,
    bool_or(state in ('accepted', 'duplicate')) as is_accepted
from loads
where state in ('accepted', 'rejected', 'duplicate')
group by source, delivery_on
