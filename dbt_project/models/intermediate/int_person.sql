with involvements as (

    select * from {{ ref('int_involvement_version') }}

),

standing as (

    select
        involvement_id,
        load_id,
        extract_name,
        row_number,
        force_code,
        person_ref_token,
        pnc_token,
        surname_token,
        -- An initial is not a name to know a person by.
        case when not forename_is_initial then forename_token end as forename_token,
        date_of_birth_token
    from involvements
    where crime_fate in ('withdrawn', 'transferred', 'current')

),

-- A name and date of birth that are recorded with one PNC identifier, and never with another, stand for that person.
names_of_one_pnc as (

    select
        surname_token,
        forename_token,
        date_of_birth_token,
        min(pnc_token) as pnc_token
    from standing
    where
        pnc_token is not null
        and surname_token is not null
        and forename_token is not null
        and date_of_birth_token is not null
    group by surname_token, forename_token, date_of_birth_token
    having min(pnc_token) = max(pnc_token)

),

-- Each is null unless all of its parts are known.
identities as (

    select
        standing.involvement_id,
        'pnc|' || standing.pnc_token as by_own_pnc,
        'pnc|' || names_of_one_pnc.pnc_token as by_pnc_of_name,
        'name|' || standing.surname_token || '|' || standing.forename_token || '|' || standing.date_of_birth_token
            as by_name,
        'reference|' || standing.force_code || '|' || standing.person_ref_token as by_reference,
        'record|' || standing.load_id || '|' || standing.extract_name || '|' || standing.row_number as by_record
    from standing
    left join names_of_one_pnc
        on
            standing.surname_token = names_of_one_pnc.surname_token
            and standing.forename_token = names_of_one_pnc.forename_token
            and standing.date_of_birth_token = names_of_one_pnc.date_of_birth_token

)

select
    involvement_id,
    md5(coalesce(by_own_pnc, by_pnc_of_name, by_name, by_reference, by_record)) as person_key,
    split_part(coalesce(by_own_pnc, by_pnc_of_name, by_name, by_reference, by_record), '|', 1) as person_key_basis
from identities
