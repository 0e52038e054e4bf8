with case_reviews as (

    select * from {{ ref('stg_case_review') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

in_latest_snapshot as (

    select * from {{ ref('stg_snapshot_reference') }}

),

-- A case has a row for each day on which its status changed. The latest delivery's word on such a day is the one that
-- may stand; within one delivery, its last row.
versions as (

    select
        loads.force_code as source_code,
        case_reviews.case_ref_token,

        case_reviews.load_id,
        case_reviews.extract_name,
        case_reviews.row_number,
        loads.delivery_mode,
        loads.is_current_correction,

        row_number() over latest_first as version_rank,
        first_value(case_reviews.load_id) over latest_first as latest_load_id,

        case_reviews.force_code,
        case_reviews.identified_on,
        case_reviews.status,
        case_reviews.status_on,
        case_reviews.reason_closed,
        case_reviews.is_group_based
    from case_reviews
    inner join loads on case_reviews.load_id = loads.load_id
    window
        latest_first as (
            partition by loads.force_code, case_reviews.case_ref_token, case_reviews.status_on
            order by
                loads.is_current_correction desc,
                loads.delivery_order desc,
                case_reviews.row_number desc,
                case_reviews.extract_name collate "C" desc
        )

)

select
    {{ case_key('versions.source_code', 'versions.case_ref_token') }} as case_key,
    versions.source_code,

    versions.load_id,
    versions.extract_name,
    versions.row_number,

    versions.is_current_correction and versions.load_id = versions.latest_load_id as is_in_latest_load,
    versions.is_current_correction and versions.version_rank = 1 as is_standing,
    versions.delivery_mode = 'snapshot' and in_latest_snapshot.ref_token is null as is_dropped,

    versions.force_code,
    versions.identified_on,
    versions.status,
    versions.status_on,
    versions.reason_closed,
    versions.is_group_based
from versions
left join in_latest_snapshot
    on
        versions.source_code = in_latest_snapshot.force_code
        and versions.case_ref_token = in_latest_snapshot.ref_token
        and in_latest_snapshot.record_kind = 'case_review'
