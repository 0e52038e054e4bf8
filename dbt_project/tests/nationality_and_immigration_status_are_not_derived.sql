-- By force: no more people have a nationality, or an immigration status, than have one written down.
with involvements as (

    {{ checked_rows(ref('int_involvement_current'), 'crime_key', ref('int_changed_person_crime')) }}

),

nationalities as (

    {{ checked_rows(ref('int_involvement_nationality'), 'crime_key', ref('int_changed_person_crime')) }}

),

written as (

    select
        force_code,
        count(*) as people,
        count(nationalities) as with_nationalities,
        count(immigration_status) as with_immigration_status
    from involvements
    group by force_code

),

counted as (

    select
        force_code,
        count(*) as people,
        count(*) filter (where nationality_status <> 'not_recorded') as with_nationalities,
        count(immigration_status) as with_immigration_status
    from nationalities
    where nationality_rank = 1
    group by force_code

)

select
    written.force_code,
    written.with_nationalities,
    counted.with_nationalities as with_nationalities_counted,
    written.with_immigration_status,
    counted.with_immigration_status as with_immigration_status_counted
from written
left join counted on written.force_code = counted.force_code
where
    written.people is distinct from counted.people
    or written.with_nationalities < counted.with_nationalities
    or written.with_immigration_status < counted.with_immigration_status
