{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['involvement_key']}],
    )
}}

with recursive

involvements as not materialized (

    {{ changed_rows(ref('int_involvement_version'), 'crime_key', 'int_changed_person_crime') }}

),

persons as (

    select * from {{ source('linkage', 'person') }}

),

-- Whoever is alone in a role is not compared. Found by narrow rows, since what follows carries each person's tokens; by
-- one key, since of one alone the planner knows that it is unique; and kept, or each of PostgreSQL's workers would find
-- them for itself.
several as materialized (

    select crime_key || '|' || role as place
    from involvements
    where crime_fate in ('withdrawn', 'transferred', 'current')
    group by crime_key || '|' || role
    having count(*) > 1

),

people as (

    select
        involvements.involvement_key,
        involvements.crime_key,
        involvements.role,
        persons.person_key,
        involvements.person_ref_token,
        involvements.pnc_token,
        involvements.surname_token,
        involvements.forename_token,
        involvements.forename_initial_token,
        involvements.date_of_birth_token,
        involvements.forename_is_initial,
        involvements.extract_name,
        involvements.row_number
    from involvements
    inner join several on involvements.crime_key || '|' || involvements.role = several.place
    left join persons on involvements.person_record_key = persons.person_record_key
    where involvements.crime_fate in ('withdrawn', 'transferred', 'current')

),

-- Two records of one crime in one role. A token that is missing matches nothing.
compared as (

    select
        one.involvement_key as one_key,
        other.involvement_key as other_key,
        one.forename_is_initial as one_is_initial,
        other.forename_is_initial as other_is_initial,
        coalesce(one.person_key = other.person_key, false)
        or coalesce(one.person_ref_token = other.person_ref_token, false)
        or coalesce(one.pnc_token = other.pnc_token, false) as is_same_identity,
        coalesce(
            one.surname_token = other.surname_token and one.date_of_birth_token = other.date_of_birth_token, false
        ) as is_same_surname_and_birth,
        coalesce(one.forename_token = other.forename_token, false) as is_same_forename,
        coalesce(one.forename_initial_token = other.forename_initial_token, false) as is_same_initial
    from people as one
    inner join people as other
        on
            one.crime_key = other.crime_key
            and one.role = other.role
            and one.involvement_key < other.involvement_key

),

-- Two full forenames must agree, or twins would be one. Whom an initial stands for is settled below.
matched as (

    select
        one_key,
        other_key,
        one_is_initial,
        other_is_initial,
        is_same_identity
        or (is_same_surname_and_birth and is_same_forename)
        or (is_same_surname_and_birth and is_same_initial and one_is_initial and other_is_initial) as is_certain
    from compared
    where is_same_identity or (is_same_surname_and_birth and (is_same_forename or is_same_initial))

),

-- An initial that fits two forenames joins one of them and never both: the surer, else the one listed first.
initials as (

    select
        case when one_is_initial then one_key else other_key end as initial_key,
        case when one_is_initial then other_key else one_key end as full_key,
        is_certain
    from matched
    where one_is_initial <> other_is_initial

),

spelled_out as (

    select distinct on (initials.initial_key)
        initials.initial_key,
        initials.full_key
    from initials
    inner join people on initials.full_key = people.involvement_key
    order by
        initials.initial_key asc,
        initials.is_certain desc,
        people.row_number asc,
        people.extract_name collate "C" asc

),

links as (

    select
        one_key,
        other_key
    from matched
    where is_certain
    union
    select
        initial_key as one_key,
        full_key as other_key
    from spelled_out

),

neighbours as (

    select
        one_key as involvement_key,
        other_key as neighbour_key
    from links
    union
    select
        other_key as involvement_key,
        one_key as neighbour_key
    from links

),

-- What is linked to what is linked is the same person; these groups are of two or three records.
reached as (

    select
        involvement_key,
        involvement_key as reached_key
    from neighbours
    union
    select
        reached.involvement_key,
        neighbours.neighbour_key as reached_key
    from reached
    inner join neighbours on reached.reached_key = neighbours.involvement_key

),

groups as (

    select
        involvement_key,
        min(reached_key) as group_key
    from reached
    group by involvement_key

),

ranked as (

    select
        groups.involvement_key,
        people.crime_key,
        first_value(groups.involvement_key) over best_first as kept_involvement_key
    from groups
    inner join people on groups.involvement_key = people.involvement_key
    window
        best_first as (
            partition by groups.group_key
            order by
                (people.forename_token is not null and not people.forename_is_initial) desc,
                people.row_number asc,
                people.extract_name collate "C" asc
        )

)

select
    involvement_key,
    crime_key,
    kept_involvement_key
from ranked
where involvement_key <> kept_involvement_key
