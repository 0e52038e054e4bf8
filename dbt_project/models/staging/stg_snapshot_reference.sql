{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        indexes=[{'columns': ['load_id']}, {'columns': ['force_code', 'ref_token']}],
    )
}}

with loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    {{ changed_rows(source('raw', 'crime'), 'load_id', 'int_changed_load') }}

),

case_reviews as (

    {{ changed_rows(source('raw', 'case_review'), 'load_id', 'int_changed_load') }}

)

-- Quarantined rows are among these: what the gate holds back is not gone from the source.
select distinct
    loads.load_id,
    loads.force_code,
    'crime' as record_kind,
    crimes.crime_ref_token as ref_token
from crimes
inner join loads on crimes.load_id = loads.load_id
where loads.is_latest_snapshot and crimes.crime_ref_token is not null
union all
select distinct
    loads.load_id,
    loads.force_code,
    'case_review' as record_kind,
    case_reviews.case_ref_token as ref_token
from case_reviews
inner join loads on case_reviews.load_id = loads.load_id
where loads.is_latest_snapshot and case_reviews.case_ref_token is not null
