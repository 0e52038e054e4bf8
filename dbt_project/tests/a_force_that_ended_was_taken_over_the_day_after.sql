-- A successor without an end, or one that did not exist on the next day, would leave crimes with nobody.
with forces as (

    select * from {{ ref('dim_force') }}

)

select
    ended.force_code,
    ended.valid_to,
    ended.successor_force_code
from forces as ended
left join forces as successors on ended.successor_force_code = successors.force_code
where
    (ended.valid_to is null) <> (ended.successor_force_code is null)
    or ended.valid_to < ended.valid_from
    or ended.valid_to + 1 not between coalesce(successors.valid_from, '-infinity')
    and coalesce(successors.valid_to, 'infinity')
