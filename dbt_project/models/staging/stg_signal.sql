with notices as (

    select * from {{ source('ops', 'load_notice') }}

)

select
    load_id,
    code,
    level,
    nullif(extract_name, '') as extract_name,
    nullif(column_name, '') as column_name,
    message
from notices
