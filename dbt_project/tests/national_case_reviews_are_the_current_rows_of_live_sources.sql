-- National reconciliation of case reviews, load by load: the raw rows that are current, and the rows that are counted.
with loads as (

    select * from {{ ref('stg_load') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

fates as (

    select * from {{ ref('int_case_review_fate') }}

),

case_reviews as (

    select * from {{ ref('fct_case_review') }}

),

expected as (

    select
        fates.load_id,
        count(*) as status_changes
    from fates
    inner join loads on fates.load_id = loads.load_id
    inner join sources on loads.force_code = sources.force_code
    where fates.fate = 'current' and sources.is_counted_nationally
    group by fates.load_id

),

counted as (

    select
        load_id,
        count(*) as status_changes
    from case_reviews
    group by load_id

)

select
    coalesce(expected.load_id, counted.load_id) as load_id,
    expected.status_changes as status_changes_expected,
    counted.status_changes as status_changes_counted
from expected
full outer join counted on expected.load_id = counted.load_id
where expected.status_changes is distinct from counted.status_changes
