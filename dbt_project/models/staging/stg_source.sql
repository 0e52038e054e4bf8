with source as (

    select * from {{ source('reference', 'source') }}

)

select
    source as force_code,
    name,
    status,
    status = 'live' as is_counted_nationally
from source
