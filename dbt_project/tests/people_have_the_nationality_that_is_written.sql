-- What a person is counted as rests on what is written of that person, and on nothing else.
with nationalities as (

    {{ checked_rows(ref('int_involvement_nationality'), 'crime_key', ref('int_changed_person_crime')) }}

),

judged as (

    select
        involvement_key,
        case
            when nationality_value is null and nationality_code <> 'UNK'
                then 'a nationality, and none is written'
            when nationality_value is null and nationality_status not in ('not_recorded', 'refused')
                then 'a status, and no nationality is written'
            when nationality_value is not null and nationality_status in ('not_recorded', 'refused')
                then 'not recorded, and a nationality is written'
        end as fault
    from nationalities

)

select
    involvement_key,
    fault
from judged
where fault is not null
