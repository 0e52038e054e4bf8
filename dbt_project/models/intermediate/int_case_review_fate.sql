with versions as (

    select * from {{ ref('int_case_review_version') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

)

select
    load_id,
    extract_name,
    row_number,
    case_key,
    case
        when not is_in_latest_load then 'superseded'
        when not is_standing then 'duplicate'
        when is_dropped then 'withdrawn'
        else 'current'
    end as fate,
    null as quarantine_reason
from versions
union all
select
    load_id,
    extract_name,
    row_number,
    null as case_key,
    'quarantined' as fate,
    reason_code as quarantine_reason
from quarantined
where record_kind = 'case_review'
