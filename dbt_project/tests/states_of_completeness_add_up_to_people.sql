-- Every person of a force and role is in one state of each measure, and no one else is. A night counts the people of
-- the slices that it built, and takes those of others as they are kept.
with completeness as (

    select * from {{ ref('dq_completeness') }}

),

involvements as (

    {{ checked_rows(ref('int_involvement_current'), 'month_slice', ref('int_changed_slice')) }}

),

kept_counts as (

    {{ rows_not_checked(ref('int_ethnicity_count'), 'month_slice', ref('int_changed_slice')) }}

),

counted as (

    select
        force_code,
        role,
        count(*) as people
    from involvements
    group by force_code, role
    union all
    select
        force_code,
        role,
        people
    from kept_counts

),

people as (

    select
        force_code,
        role,
        sum(people) as people
    from counted
    group by force_code, role

),

measures as (

    select distinct measure from completeness

),

expected as (

    select
        people.force_code,
        people.role,
        measures.measure,
        people.people
    from people
    cross join measures

)

select
    coalesce(expected.force_code, completeness.force_code) as force_code,
    coalesce(expected.role, completeness.role) as role,
    coalesce(expected.measure, completeness.measure) as measure,
    expected.people as people_expected,
    completeness.people
from expected
full outer join completeness
    on
        expected.force_code = completeness.force_code
        and expected.role = completeness.role
        and expected.measure = completeness.measure
where
    expected.people is distinct from completeness.people
    or completeness.people <> (
        completeness.recorded
        + completeness.group_only
        + completeness.not_stated
        + completeness.refused
        + completeness.unknown
        + completeness.not_recorded
        + completeness.unmapped
        + completeness.no_suspect_identified
    )
