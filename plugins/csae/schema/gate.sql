-- What the gate looks at: records of loads that wait for it, with the questions that need more than one column
-- already answered. Nothing here can throw: a text is cast only after it is known to be valid. A column that is new
-- comes last, since a view that stands can be given no other.
create or replace view ops.crime_at_gate as
select
    c.load_id,
    c.extract_name,
    c.row_number,
    c.crime_ref_token,
    c.recorded_on,
    case when c.recorded_on is not null
        then c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.recorded_on, 'date')
    end as recorded_on_is_a_date,
    case when c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.recorded_on, 'date')
        then c.recorded_on <= to_char(l.delivery_on, 'YYYY-MM-DD')
    end as recorded_on_is_by_delivery,
    case when c.offence_start_on is not null
        then c.offence_start_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.offence_start_on, 'date')
    end as offence_start_on_is_a_date,
    case
        when c.offence_start_on ~ '^\d{4}-\d{2}-\d{2}$' and c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$'
            then c.offence_start_on <= c.recorded_on
    end as offence_start_on_is_by_recording,
    c.home_office_code,
    c.is_online,
    c.is_group_based,
    c.outcome_code,
    c.record_status,
    c.transfer_direction,
    case when c.transfer_direction in ('in', 'out')
        then c.transfer_force is not null and c.transfer_ref_token is not null
    end as transfer_is_complete,
    coalesce(c.home_office_code, c.cjs_code, c.offence_title, c.offence_category) is not null as offence_is_told,
    c.is_child_abuse_flagged,
    case when c.home_office_code is not null then coalesce(offence.rule, 'not_known') end as home_office_code_rule,
    case when c.outcome_code is not null then coalesce(outcome.is_decoded, false) end as outcome_code_is_decoded,
    -- The outcome, where a suspect is on record.
    case when s.load_id is not null then outcome.code end as outcome_of_suspect
from raw.crime as c
inner join ops.load as l on c.load_id = l.load_id
left join ops.value_at_gate as offence
    on c.load_id = offence.load_id and offence.column_name = 'home_office_code'
        and hashtextextended(c.home_office_code, 0) = offence.value_hash
left join ops.value_at_gate as outcome
    on c.load_id = outcome.load_id and outcome.column_name = 'outcome_code'
        and hashtextextended(c.outcome_code, 0) = outcome.value_hash
left join (
    select distinct suspect.load_id, suspect.crime_ref_token
    from raw.involvement as suspect
    inner join ops.load as waiting on suspect.load_id = waiting.load_id
    where waiting.state = 'loaded' and suspect.role = 'suspect'
) as s
    on c.load_id = s.load_id and c.crime_ref_token = s.crime_ref_token
where l.state = 'loaded';

create or replace view ops.involvement_at_gate as
select
    i.load_id,
    i.extract_name,
    i.row_number,
    i.crime_ref_token,
    case when i.crime_ref_token is not null then c.crime_ref_token is not null end as crime_is_in_delivery,
    i.role,
    i.sex,
    i.birth_year,
    case when i.age_at_offence ~ '^-?\d{1,4}$' then i.age_at_offence::integer between 0 and 110 end as age_is_possible,
    case when i.self_defined_ethnicity is not null then coalesce(self_defined.is_decoded, false) end
        as self_defined_ethnicity_is_decoded,
    case when i.observed_ethnicity is not null then coalesce(observed.is_decoded, false) end
        as observed_ethnicity_is_decoded,
    i.nationalities,
    case when i.nationalities is not null then coalesce(nationality.is_decoded, false) end as nationalities_are_decoded
from raw.involvement as i
inner join ops.load as l on i.load_id = l.load_id
left join (
    select distinct crime.load_id, crime.crime_ref_token
    from raw.crime as crime
    inner join ops.load as waiting on crime.load_id = waiting.load_id
    where waiting.state = 'loaded'
) as c
    on i.load_id = c.load_id and i.crime_ref_token = c.crime_ref_token
left join ops.value_at_gate as self_defined
    on i.load_id = self_defined.load_id and self_defined.column_name = 'self_defined_ethnicity'
        and hashtextextended(i.self_defined_ethnicity, 0) = self_defined.value_hash
left join ops.value_at_gate as observed
    on i.load_id = observed.load_id and observed.column_name = 'observed_ethnicity'
        and hashtextextended(i.observed_ethnicity, 0) = observed.value_hash
left join ops.value_at_gate as nationality
    on i.load_id = nationality.load_id and nationality.column_name = 'nationalities'
        and hashtextextended(i.nationalities, 0) = nationality.value_hash
where l.state = 'loaded';

create or replace view ops.case_review_at_gate as
select
    r.load_id,
    r.extract_name,
    r.row_number,
    r.case_ref_token,
    -- What names no force stays as it is, so that it is unknown and not missing.
    coalesce(reference.force_code(r.force), r.force) as force_code,
    r.identified_on,
    case when r.identified_on is not null
        then r.identified_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.identified_on, 'date')
    end as identified_on_is_a_date,
    case when r.identified_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.identified_on, 'date')
        then r.identified_on <= to_char(l.delivery_on, 'YYYY-MM-DD')
    end as identified_on_is_by_delivery,
    r.status,
    case when r.status_on is not null
        then r.status_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.status_on, 'date')
    end as status_on_is_a_date,
    case when r.status_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.status_on, 'date')
        then r.status_on between r.identified_on and to_char(l.delivery_on, 'YYYY-MM-DD')
    end as status_on_is_between_identified_and_delivered,
    r.is_group_based
from raw.case_review as r
inner join ops.load as l on r.load_id = l.load_id
where l.state = 'loaded';
