with crimes as (

    select * from {{ ref('int_crime_current') }}

),

crime_offences as (

    select * from {{ ref('int_crime_offence') }}

),

involvements as (

    select * from {{ ref('int_involvement_current') }}

),

chains as (

    select * from {{ ref('int_crime_chain') }}

),

transfers as (

    select * from {{ ref('int_crime_transfer') }}

),

national_crimes as (

    select
        crimes.crime_key,
        crimes.force_code,
        crimes.offence_start_on,
        crimes.recorded_on,
        crime_offences.home_office_code,
        crime_offences.offence_category
    from crimes
    inner join crime_offences on crimes.crime_key = crime_offences.crime_key
    where crimes.is_counted_nationally and crimes.offence_start_on is not null

),

people as (

    select distinct
        involvements.crime_key,
        involvements.person_key,
        involvements.role
    from involvements
    inner join national_crimes on involvements.crime_key = national_crimes.crime_key

),

-- Only crimes with a person in common are compared. Who is on very many is left out: such pairs grow with the square.
compared_people as (

    select person_key
    from people
    group by person_key
    having count(distinct crime_key) between 2 and 50

),

known_people as (

    select
        people.crime_key,
        people.person_key,
        people.role
    from people
    inner join compared_people on people.person_key = compared_people.person_key

),

shared as (

    select
        one.crime_key,
        other.crime_key as other_crime_key,
        count(*) filter (where one.role = 'suspect') as shared_suspects,
        count(*) filter (where one.role = 'victim') as shared_victims
    from known_people as one
    inner join known_people as other
        on
            one.person_key = other.person_key
            and one.role = other.role
            and one.crime_key < other.crime_key
    group by one.crime_key, other.crime_key

),

head_counts as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspects,
        count(*) filter (where role = 'victim') as victims
    from people
    group by crime_key

),

-- A force that says it sent a crime to another, and whose transfer is matched with none there.
unanswered as (

    select distinct
        transfers.crime_key,
        transfers.other_force_code
    from transfers
    where transfers.is_last_word and not transfers.is_handover

),

pairs as (

    select
        shared.crime_key,
        shared.other_crime_key,
        one.force_code,
        other.force_code as other_force_code,
        one.force_code = other.force_code as is_within_one_force,
        shared.shared_suspects,
        shared.shared_victims,
        shared.shared_suspects = 0 and one_people.suspects > 0 and other_people.suspects > 0 as is_suspect_different,
        shared.shared_victims = 0 and one_people.victims > 0 and other_people.victims > 0 as is_victim_different,
        coalesce(one.home_office_code = other.home_office_code, false) as is_same_code,
        coalesce(one.offence_category = other.offence_category, false) as is_same_category,
        abs(one.offence_start_on - other.offence_start_on) as offence_days_apart,
        abs(one.recorded_on - other.recorded_on) as recorded_days_apart,
        one_sent.crime_key is not null or other_sent.crime_key is not null as is_transfer_unmatched
    from shared
    inner join national_crimes as one on shared.crime_key = one.crime_key
    inner join national_crimes as other on shared.other_crime_key = other.crime_key
    inner join head_counts as one_people on shared.crime_key = one_people.crime_key
    inner join head_counts as other_people on shared.other_crime_key = other_people.crime_key
    left join chains as one_chain on shared.crime_key = one_chain.crime_key
    left join chains as other_chain on shared.other_crime_key = other_chain.crime_key
    left join unanswered as one_sent
        on shared.crime_key = one_sent.crime_key and other.force_code = one_sent.other_force_code
    left join unanswered as other_sent
        on shared.other_crime_key = other_sent.crime_key and one.force_code = other_sent.other_force_code
    where
        abs(one.offence_start_on - other.offence_start_on) <= 7
        and coalesce(one_chain.chain_key <> other_chain.chain_key, true)

),

-- A victim counts for more than a suspect, who may well commit two crimes in a week. What speaks against it counts too:
-- a crime has its own victim.
scored as (

    select
        pairs.*,
        least(
            100,
            case when pairs.shared_victims > 0 then 40 else 0 end
            + case when pairs.shared_suspects > 0 then 30 else 0 end
            + case pairs.offence_days_apart when 0 then 15 when 1 then 10 else 0 end
            + case when pairs.is_same_code then 15 when pairs.is_same_category then 5 else 0 end
            + case when pairs.is_transfer_unmatched then 20 else 0 end
            - case when pairs.is_victim_different then 30 else 0 end
            - case when pairs.is_suspect_different then 15 else 0 end
        ) as score
    from pairs
    where
        (pairs.is_same_code or pairs.is_same_category)
        -- One force may well record several offences of one day against one person: there, all must agree.
        and (
            not pairs.is_within_one_force
            or (pairs.is_same_code and pairs.offence_days_apart = 0 and not pairs.is_victim_different)
        )

)

select
    scored.crime_key,
    scored.other_crime_key,
    scored.force_code,
    scored.other_force_code,
    scored.is_within_one_force,
    scored.score,
    scored.shared_suspects,
    scored.shared_victims,
    scored.is_suspect_different,
    scored.is_victim_different,
    scored.is_same_code,
    scored.is_same_category,
    scored.offence_days_apart,
    scored.recorded_days_apart,
    scored.is_transfer_unmatched
from scored
where scored.score >= 40
