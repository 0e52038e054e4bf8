with reasons as (

    select * from {{ source('reference', 'source_closing_reason') }}

)

select
    source as source_code,
    reason
from reasons
