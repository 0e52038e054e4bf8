-- What a person is counted as rests on what is written of that person, and on nothing else.
with ethnicities as (

    {{ checked_rows(ref('int_involvement_ethnicity'), 'crime_key', ref('int_changed_person_crime')) }}

),

judged as (

    select
        involvement_key,
        case
            when
                self_defined_value is null
                and (self_defined_code is not null or coalesce(missing_reason, '') <> 'not_recorded')
                then 'self-defined, and nothing is written'
            when
                observed_value is null
                and (observed_code is not null or coalesce(observed_missing_reason, '') <> 'not_recorded')
                then 'observed, and nothing is written'
            when self_defined_code = 'NS' and (ethnicity_code is not null or ethnicity_basis = 'self_defined')
                then 'not stated, and in a group'
            when ethnicity_basis <> 'self_defined' and ethnicity_code is not null
                then 'observed, and more than a group'
            when ethnicity_basis = 'observed' and ethnicity_group <> coalesce(observed_code, '')
                then 'observed, and in another group'
            when ethnicity_basis = 'none' and ethnicity_group <> 'U'
                then 'in a group that rests on nothing'
        end as fault
    from ethnicities

)

select
    involvement_key,
    fault
from judged
where fault is not null
