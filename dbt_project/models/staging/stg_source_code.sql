with codes as (

    select * from {{ source('reference', 'source_code') }}

)

select
    source as force_code,
    scheme,
    code,
    harmonised_code
from codes
