with schemes as (

    select * from {{ source('reference', 'source_code_scheme') }}

)

select
    source as force_code,
    layout_valid_from,
    column_name,
    scheme
from schemes
