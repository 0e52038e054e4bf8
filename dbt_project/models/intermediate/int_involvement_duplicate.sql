with recursive

involvements as (

    select * from {{ ref('int_involvement_version') }}

),

persons as (

    select * from {{ ref('int_person') }}

),

people as (

    select
        involvements.involvement_id,
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
    inner join persons on involvements.involvement_id = persons.involvement_id

),

-- Two records of one crime in one role. A token that is missing matches nothing.
compared as (

    select
        one.involvement_id as one_id,
        other.involvement_id as other_id,
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
            and one.involvement_id < other.involvement_id

),

-- Two full forenames must agree, or twins would be one. Whom an initial stands for is settled below.
matched as (

    select
        one_id,
        other_id,
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
        case when one_is_initial then one_id else other_id end as initial_id,
        case when one_is_initial then other_id else one_id end as full_id,
        is_certain
    from matched
    where one_is_initial <> other_is_initial

),

spelled_out as (

    select distinct on (initials.initial_id)
        initials.initial_id,
        initials.full_id
    from initials
    inner join people on initials.full_id = people.involvement_id
    order by
        initials.initial_id asc,
        initials.is_certain desc,
        people.row_number asc,
        people.extract_name collate "C" asc

),

links as (

    select
        one_id,
        other_id
    from matched
    where is_certain
    union
    select
        initial_id as one_id,
        full_id as other_id
    from spelled_out

),

neighbours as (

    select
        one_id as involvement_id,
        other_id as neighbour_id
    from links
    union
    select
        other_id as involvement_id,
        one_id as neighbour_id
    from links

),

-- What is linked to what is linked is the same person; these groups are of two or three records.
reached as (

    select
        involvement_id,
        involvement_id as reached_id
    from neighbours
    union
    select
        reached.involvement_id,
        neighbours.neighbour_id as reached_id
    from reached
    inner join neighbours on reached.reached_id = neighbours.involvement_id

),

groups as (

    select
        involvement_id,
        min(reached_id) as group_id
    from reached
    group by involvement_id

),

ranked as (

    select
        groups.involvement_id,
        first_value(groups.involvement_id) over best_first as kept_involvement_id
    from groups
    inner join people on groups.involvement_id = people.involvement_id
    window
        best_first as (
            partition by groups.group_id
            order by
                (people.forename_token is not null and not people.forename_is_initial) desc,
                people.row_number asc,
                people.extract_name collate "C" asc
        )

)

select
    involvement_id,
    kept_involvement_id
from ranked
where involvement_id <> kept_involvement_id
