{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        indexes=[{'columns': ['load_id']}],
    )
}}

with gated as (

    {{ changed_rows(source('ops', 'quarantined_row'), 'load_id', 'int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    {{ changed_rows(source('raw', 'crime'), 'load_id', 'int_changed_load') }}

),

involvements as (

    {{ changed_rows(source('raw', 'involvement'), 'load_id', 'int_changed_load') }}

),

case_reviews as (

    {{ changed_rows(source('raw', 'case_review'), 'load_id', 'int_changed_load') }}

)

-- A row may fail several rules: it is out once, for the first by name.
select
    gated.load_id,
    gated.record_kind,
    gated.extract_name,
    gated.row_number,
    min(gated.reason_code collate "C") as reason_code
from gated
inner join loads on gated.load_id = loads.load_id
where loads.is_accepted
group by gated.load_id, gated.record_kind, gated.extract_name, gated.row_number
union all
select
    crimes.load_id,
    'crime' as record_kind,
    crimes.extract_name,
    crimes.row_number,
    'load_rejected' as reason_code
from crimes
inner join loads on crimes.load_id = loads.load_id
where not loads.is_accepted
union all
select
    involvements.load_id,
    'involvement' as record_kind,
    involvements.extract_name,
    involvements.row_number,
    'load_rejected' as reason_code
from involvements
inner join loads on involvements.load_id = loads.load_id
where not loads.is_accepted
union all
select
    case_reviews.load_id,
    'case_review' as record_kind,
    case_reviews.extract_name,
    case_reviews.row_number,
    'load_rejected' as reason_code
from case_reviews
inner join loads on case_reviews.load_id = loads.load_id
where not loads.is_accepted
