with source as (

    select * from {{ source('reference', 'source') }}

)

select
    source as force_code,
    name,
    status,
    delivery_mode,
    due_every,
    due_day,
    status in ('live', 'trial') as is_expected,
    status = 'live' as is_counted_nationally
from source
