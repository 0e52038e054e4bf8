-- Both ways: a raw row without a fate or with two, and a fate without a raw row.
with loads as (

    {{ checked_rows(ref('stg_load'), 'load_id', ref('int_changed_accounting')) }}

),

crimes as (

    select * from {{ source('raw', 'crime') }}

),

involvements as (

    select * from {{ source('raw', 'involvement') }}

),

case_reviews as (

    select * from {{ source('raw', 'case_review') }}

),

crime_fates as (

    {{ checked_rows(ref('int_crime_fate'), 'load_id', ref('int_changed_accounting')) }}

),

involvement_fates as (

    {{ checked_rows(ref('int_involvement_fate'), 'load_id', ref('int_changed_accounting')) }}

),

case_review_fates as (

    {{ checked_rows(ref('int_case_review_fate'), 'load_id', ref('int_changed_accounting')) }}

),

raw_rows as (

    select
        crimes.load_id,
        'crime' as record_kind,
        crimes.extract_name,
        crimes.row_number
    from crimes
    inner join loads on crimes.load_id = loads.load_id
    union all
    select
        involvements.load_id,
        'involvement' as record_kind,
        involvements.extract_name,
        involvements.row_number
    from involvements
    inner join loads on involvements.load_id = loads.load_id
    union all
    select
        case_reviews.load_id,
        'case_review' as record_kind,
        case_reviews.extract_name,
        case_reviews.row_number
    from case_reviews
    inner join loads on case_reviews.load_id = loads.load_id

),

rows_with_fate as (

    select
        load_id,
        'crime' as record_kind,
        extract_name,
        row_number
    from crime_fates
    union all
    select
        load_id,
        'involvement' as record_kind,
        extract_name,
        row_number
    from involvement_fates
    union all
    select
        load_id,
        'case_review' as record_kind,
        extract_name,
        row_number
    from case_review_fates

),

compared as (

    select
        load_id,
        record_kind,
        extract_name,
        row_number,
        1 as raw_rows,
        0 as fates
    from raw_rows
    union all
    select
        load_id,
        record_kind,
        extract_name,
        row_number,
        0 as raw_rows,
        1 as fates
    from rows_with_fate

)

select
    load_id,
    record_kind,
    extract_name,
    row_number
from compared
group by load_id, record_kind, extract_name, row_number
having sum(raw_rows) <> 1 or sum(fates) <> 1
