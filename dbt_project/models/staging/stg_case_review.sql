{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        indexes=[{'columns': ['load_id']}],
    )
}}

with case_reviews as (

    {{ changed_rows(source('raw', 'case_review'), 'load_id', 'int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}
    where record_kind = 'case_review'

),

closing_reasons as (

    select * from {{ ref('stg_closing_reason') }}

)

select
    case_reviews.load_id,
    case_reviews.extract_name,
    case_reviews.row_number,

    case_reviews.case_ref_token,
    {{ read_force_code('case_reviews.force') }} as force_code,
    {{ read_date('case_reviews.identified_on') }} as identified_on,
    case_reviews.status,
    {{ read_date('case_reviews.status_on') }} as status_on,
    -- Only what the YAML maps to: other text could be anything.
    case
        when case_reviews.reason_closed is not null then coalesce(closing_reasons.reason, 'unmapped')
    end as reason_closed,
    {{ read_boolean('case_reviews.is_group_based') }} as is_group_based
from case_reviews
inner join loads on case_reviews.load_id = loads.load_id
left join quarantined
    on
        case_reviews.load_id = quarantined.load_id
        and case_reviews.extract_name = quarantined.extract_name
        and case_reviews.row_number = quarantined.row_number
left join closing_reasons
    on
        loads.force_code = closing_reasons.source_code
        and case_reviews.reason_closed = closing_reasons.reason
where loads.is_accepted and quarantined.load_id is null
