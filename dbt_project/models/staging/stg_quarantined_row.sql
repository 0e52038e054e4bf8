with gated as (

    select * from {{ source('ops', 'quarantined_row') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    select * from {{ source('raw', 'crime') }}

),

involvements as (

    select * from {{ source('raw', 'involvement') }}

),

case_reviews as (

    select * from {{ source('raw', 'case_review') }}

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
