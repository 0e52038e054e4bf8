-- National reconciliation, force by force: the raw rows that are current, and the crimes that are counted.
with loads as (

    select * from {{ ref('stg_load') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

fates as (

    {{ checked_rows(ref('int_crime_fate'), 'crime_key', ref('int_changed_person_crime')) }}

),

crimes as (

    {{ checked_rows(ref('fct_offence_type'), 'crime_key', ref('int_changed_person_crime')) }}

),

expected as (

    select
        loads.force_code,
        count(*) as crimes
    from fates
    inner join loads on fates.load_id = loads.load_id
    inner join sources on loads.force_code = sources.force_code
    where fates.fate = 'current' and sources.is_counted_nationally
    group by loads.force_code

),

counted as (

    select
        force_code,
        count(*) as crimes
    from crimes
    group by force_code

)

select
    coalesce(expected.force_code, counted.force_code) as force_code,
    expected.crimes as crimes_expected,
    counted.crimes as crimes_counted
from expected
full outer join counted on expected.force_code = counted.force_code
where expected.crimes is distinct from counted.crimes
