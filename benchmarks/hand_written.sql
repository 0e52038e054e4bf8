-- The same transformation as one script, from raw rows to the three facts, as `history.py` compares it with dbt's.
--
-- By hand much can be left out: only the columns that are needed are carried on, tables have no
-- indexes, contracts, descriptions or tests, nothing is kept for the next night, and no quality table is made. Two
-- things are taken as given: who is one person (`linkage.person`), and what each distinct value is decoded to
-- (`intermediate.int_coded_value`, `int_nationality_list`, `int_csae_membership`).

drop schema if exists hand_written cascade;
create schema hand_written;
set search_path = hand_written;

create function hand_written.form(text) returns text
language sql immutable strict parallel safe
return trim(regexp_replace(upper(regexp_replace(normalize(case when $1 !~ '[<>≤≥+]|&[lg]t;' then $1 else
        regexp_replace(regexp_replace(regexp_replace($1, '(<|≤|&lt;)=? ?(?=[0-9])', ' under ', 'g'),
            '(>|≥|&gt;)=? ?(?=[0-9])', ' over ', 'g'), '([0-9]) ?[+](?! ?[0-9])', '\1 or over ', 'g') end, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'));

-- 1. Loads, in the order of their deliveries.
create table load as
with loads as (

    select * from ops.load

),

sources as (

    select force_code, delivery_mode from staging.stg_source

),

code_schemes as (

    select source as force_code, layout_valid_from from reference.source_code_scheme

),

-- The same bytes for another date are not loaded again: one load is of all the dates that they came for. A snapshot
-- says with them what stands on the last of those dates; a delta says nothing new after the first.
came_for as (

    select
        load_id,
        delivery_on,
        correction_number
    from loads
    where state in ('accepted', 'rejected')
    union all
    select
        duplicate_of as load_id,
        delivery_on,
        correction_number
    from loads
    where state = 'duplicate'

),

first_dates as (

    select distinct on (load_id)
        load_id,
        delivery_on,
        correction_number
    from came_for
    order by load_id asc, delivery_on asc, correction_number asc

),

last_dates as (

    select distinct on (load_id)
        load_id,
        delivery_on,
        correction_number
    from came_for
    order by load_id asc, delivery_on desc, correction_number desc

),

decided as (

    select
        loads.load_id,
        loads.source as force_code,
        first_dates.delivery_on,
        first_dates.correction_number,
        loads.delivery_on as read_as_of,
        coalesce(sources.delivery_mode, 'delta') as delivery_mode,
        loads.layout_valid_from,
        loads.attempt,
        loads.crimes_read,
        loads.involvements_read,
        loads.case_reviews_read,
        loads.state = 'accepted' as is_accepted,
        case when sources.delivery_mode = 'snapshot' then last_dates.delivery_on else first_dates.delivery_on end
            as stands_on,
        case
            when sources.delivery_mode = 'snapshot' then last_dates.correction_number
            else first_dates.correction_number
        end as stands_as_correction
    from loads
    inner join first_dates on loads.load_id = first_dates.load_id
    inner join last_dates on loads.load_id = last_dates.load_id
    left join sources on loads.source = sources.force_code
    where loads.state in ('accepted', 'rejected')

),

-- The order of versions is that of the deliveries and never of a clock, of arrival or of other deliveries.
ordered as (

    select
        load_id,
        force_code,
        delivery_on,
        correction_number,
        read_as_of,
        stands_on,
        (
            to_char(stands_on, 'YYYYMMDD') || '.' || lpad(stands_as_correction::text, 4, '0') || '.' || force_code
        ) collate "C" as delivery_order,
        delivery_mode,
        layout_valid_from,
        attempt,
        crimes_read,
        involvements_read,
        case_reviews_read,
        is_accepted
    from decided

),

-- Every layout, once, with the dates of the deliveries it is for. The first is for older deliveries too.
layouts as (

    select
        force_code,
        layout_valid_from,
        case
            when lag(layout_valid_from) over one_force is null then '-infinity'::date
            else layout_valid_from
        end as first_delivery_on,
        lead(layout_valid_from, 1, 'infinity'::date) over one_force as next_layout_on
    from code_schemes
    group by force_code, layout_valid_from
    window one_force as (partition by force_code order by layout_valid_from)

),

-- The YAML of today says what a code means, in old loads as in new ones: the date that the ledger holds may be of a
-- layout that has since been moved. It stands only for a source whose layouts have no code sets.
placed as (

    select
        ordered.load_id,
        ordered.force_code,
        ordered.delivery_on,
        ordered.correction_number,
        ordered.delivery_order,
        ordered.delivery_mode,
        coalesce(layouts.layout_valid_from, ordered.layout_valid_from) as layout_valid_from,
        ordered.attempt,
        ordered.crimes_read,
        ordered.involvements_read,
        ordered.case_reviews_read,
        ordered.is_accepted,
        ordered.is_accepted and ordered.delivery_order = max(ordered.delivery_order) filter (
            where ordered.is_accepted
        ) over (
            partition by ordered.force_code, ordered.stands_on
        ) as is_current_correction,
        ordered.delivery_mode = 'snapshot' and ordered.is_accepted and ordered.delivery_order = max(
            ordered.delivery_order
        ) filter (where ordered.is_accepted) over (
            partition by ordered.force_code
        ) as is_latest_snapshot
    from ordered
    left join layouts
        on
            ordered.force_code = layouts.force_code
            and ordered.read_as_of >= layouts.first_delivery_on
            and ordered.read_as_of < layouts.next_layout_on

)

-- Two builds that know the same fingerprint of a load read the same of it.
select
    load_id,
    force_code,
    delivery_on,
    correction_number,
    delivery_order,
    delivery_mode,
    layout_valid_from,
    crimes_read,
    involvements_read,
    case_reviews_read,
    is_accepted,
    is_current_correction,
    is_latest_snapshot,
    md5(placed::text) as fingerprint
from placed
;
analyze load;

-- 2. Versions of crimes.
create table version as
with typed as (

    select
        md5(l.force_code || '|' || c.crime_ref_token) as crime_key,
        l.force_code, c.crime_ref_token, c.load_id, c.extract_name, c.row_number,
        l.delivery_on, l.delivery_order, l.is_current_correction, l.layout_valid_from,
        case when c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.recorded_on, 'date') then c.recorded_on::date end as recorded_on,
        case when c.offence_start_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.offence_start_on, 'date') then c.offence_start_on::date end as offence_start_on,
        c.home_office_code, c.cjs_code, c.offence_title, c.offence_category,
        case c.is_online when 'true' then true when 'false' then false end as is_online,
        case c.is_group_based when 'true' then true when 'false' then false end as is_group_based,
        case c.is_child_abuse_flagged when 'true' then true when 'false' then false end as is_child_abuse_flagged,
        c.outcome_code,
        case when c.outcome_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.outcome_on, 'date') then c.outcome_on::date end as outcome_on,
        c.record_status, c.transfer_direction, c.transfer_force, c.transfer_ref_token,
        reference.force_code(c.transfer_force) as transfer_force_code
    from raw.crime as c
    inner join load as l on c.load_id = l.load_id and l.is_accepted
    where not exists (
        select from ops.quarantined_row as q
        where
            q.record_kind = 'crime' and q.load_id = c.load_id and q.extract_name = c.extract_name
            and q.row_number = c.row_number
    )

),

ranked as (

    select
        *,
        row_number() over latest_first as version_rank,
        first_value(load_id) over latest_first as latest_load_id,
        lag(load_id) over latest_first as later_load_id,
        min(delivery_order) over (partition by crime_key) as first_delivery_order
    from typed
    window
        latest_first as (
            partition by crime_key
            order by is_current_correction desc, delivery_order desc, row_number desc, extract_name collate "C" desc
        )

)

select
    ranked.*,
    first_loads.load_id as first_load_id,
    ranked.is_current_correction and ranked.load_id = latest_load_id as is_in_latest_load,
    ranked.is_current_correction and version_rank = 1 as is_standing,
    ranked.is_current_correction and coalesce(ranked.load_id <> later_load_id, true) as has_stood,
    coalesce(record_status = 'cancelled', false) as is_withdrawn,
    md5(transfer_force_code || '|' || transfer_ref_token) as other_half_crime_key
from ranked
inner join load as first_loads on ranked.first_delivery_order = first_loads.delivery_order;
analyze version;

-- 3. Transfers: what each record says, and which crimes are one.
create table transfer as
with versions as (

    select * from version
    where crime_key in (select crime_key from version where is_standing and transfer_direction is not null)
    or crime_key in (select other_half_crime_key from version)

),

standing as (

    select
        crime_key,
        force_code,
        is_withdrawn,
        transfer_direction,
        transfer_force_code
    from versions
    where is_standing

),

-- A record has room for one transfer. What a crime's earlier records said stands beside its last word, back to the
-- last of them that said nothing: a crime that was taken over and then sent on was still taken over.
spoken as (

    select
        versions.crime_key,
        versions.force_code,
        versions.delivery_order,
        versions.delivery_on,
        versions.transfer_direction,
        versions.transfer_force_code,
        nullif(versions.other_half_crime_key, versions.crime_key) as other_crime_key,
        max(versions.delivery_order) filter (where versions.transfer_direction is null) over (
            partition by versions.crime_key
        ) as last_silent_order
    from versions
    inner join standing on versions.crime_key = standing.crime_key
    where versions.has_stood and standing.transfer_direction is not null

),

turning as (

    select
        *,
        coalesce(
            transfer_direction || coalesce(transfer_force_code, '')
            <> lag(transfer_direction || coalesce(transfer_force_code, '')) over by_delivery,
            true
        ) as is_turn
    from spoken
    where last_silent_order is null or delivery_order > last_silent_order
    window by_delivery as (partition by crime_key order by delivery_order)

),

-- Out to one force, in from it and out to another are three turns. Within one, the last reference given stands.
turns as (

    select
        *,
        count(*) filter (where is_turn) over (partition by crime_key order by delivery_order) as turn
    from turning

),

statements as (

    select distinct on (crime_key, turn)
        crime_key,
        force_code,
        turn,
        turn = max(turn) over one_crime as is_last_word,
        transfer_direction = 'out'
        and first_value(transfer_direction) over (partition by crime_key order by delivery_order desc) = 'in'
            as is_taken_back,
        transfer_direction,
        transfer_force_code,
        other_crime_key,
        min(delivery_order) over one_turn as said_order,
        min(delivery_on) over one_turn as said_on,
        case when transfer_direction = 'out' then crime_key else other_crime_key end as sender_crime_key,
        case when transfer_direction = 'out' then other_crime_key else crime_key end as taker_crime_key
    from turns
    window
        one_turn as (partition by crime_key, turn),
        one_crime as (partition by crime_key)
    order by crime_key asc, turn asc, other_crime_key is null asc, delivery_order desc

),

confirmed as (

    select
        sender_crime_key,
        taker_crime_key
    from statements
    where sender_crime_key is not null and taker_crime_key is not null
    group by sender_crime_key, taker_crime_key
    having count(distinct transfer_direction) = 2

),

-- A withdrawn record takes nothing from a force that does not say that it sent something there.
heard as (

    select
        statements.*,
        counterparts.crime_key is not null as is_other_delivered,
        confirmed.sender_crime_key is not null as is_confirmed,
        coalesce(
            speakers.is_withdrawn
            and speakers.transfer_direction = 'in'
            and statements.transfer_direction = 'in'
            and (counterparts.transfer_direction = 'out' and counterparts.transfer_force_code = statements.force_code)
            is not true,
            false
        ) as is_void
    from statements
    inner join standing as speakers on statements.crime_key = speakers.crime_key
    left join standing as counterparts on statements.other_crime_key = counterparts.crime_key
    left join confirmed
        on
            statements.sender_crime_key = confirmed.sender_crime_key
            and statements.taker_crime_key = confirmed.taker_crime_key

),

-- A taker's reference is wrong where the sender does not know of it and another crime of that sender names the taker.
taken_from_another as (

    select distinct
        takers.crime_key,
        takers.turn
    from heard as takers
    inner join heard as senders
        on
            takers.crime_key = senders.other_crime_key
            and takers.transfer_force_code = senders.force_code
            and takers.other_crime_key <> senders.crime_key
    where
        takers.transfer_direction = 'in'
        and senders.transfer_direction = 'out'
        and not takers.is_confirmed

),

-- Two records of one force are two crimes by its own word. Where both say that they were the same crime elsewhere, that
-- holds for one: the one that the sender names, else the one that said so first.
takers as (

    select
        heard.crime_key,
        heard.turn,
        heard.force_code,
        heard.other_crime_key,
        heard.is_confirmed,
        row_number() over (
            partition by heard.force_code, heard.other_crime_key
            order by heard.is_confirmed desc, heard.said_order asc, heard.crime_key asc
        ) as place
    from heard
    left join taken_from_another
        on heard.crime_key = taken_from_another.crime_key and heard.turn = taken_from_another.turn
    where
        heard.transfer_direction = 'in'
        and heard.other_crime_key is not null
        and not heard.is_void
        and taken_from_another.crime_key is null

),

-- A sender's reference is wrong where another crime of the force that it names says that it was taken from the sender.
taken_by_another as (

    select distinct
        senders.crime_key,
        senders.turn
    from heard as senders
    inner join takers
        on
            senders.crime_key = takers.other_crime_key
            and senders.transfer_force_code = takers.force_code
            and senders.other_crime_key <> takers.crime_key
    where senders.transfer_direction = 'out' and not senders.is_confirmed

),

judged as (

    select
        heard.*,
        case
            when heard.transfer_direction = 'out' then taken_by_another.crime_key is not null
            when heard.other_crime_key is null then false
            else takers.crime_key is null or (takers.place > 1 and not takers.is_confirmed)
        end as is_overruled
    from heard
    left join takers on heard.crime_key = takers.crime_key and heard.turn = takers.turn
    left join taken_by_another
        on heard.crime_key = taken_by_another.crime_key and heard.turn = taken_by_another.turn

),

-- One crime that has not arrived may stand between a sender and a taker. More than one of either are strangers who were
-- given the same reference.
missing_links as (

    select other_crime_key as crime_key
    from judged
    where not is_other_delivered and not is_overruled and other_crime_key is not null
    group by other_crime_key
    having
        count(distinct crime_key) filter (where transfer_direction = 'out') = 1
        and count(distinct crime_key) filter (where transfer_direction = 'in') = 1

)

select
    judged.crime_key,
    judged.force_code,
    judged.turn,
    judged.is_last_word,
    judged.is_taken_back,
    judged.transfer_direction,
    judged.transfer_force_code as other_force_code,
    judged.other_crime_key,
    judged.sender_crime_key,
    judged.taker_crime_key,
    judged.said_order,
    judged.said_on,
    judged.is_other_delivered,
    judged.is_confirmed,
    judged.is_overruled,
    judged.other_crime_key is not null
    and not judged.is_overruled
    and (judged.is_other_delivered or missing_links.crime_key is not null) as is_handover
from judged
left join missing_links on judged.other_crime_key = missing_links.crime_key;
analyze transfer;

create table chain as
with recursive

versions as (

    select * from version
    where crime_key in (
        select sender_crime_key from transfer where is_handover
        union
        select taker_crime_key from transfer where is_handover
    )

),

transfers as (

    select * from transfer

),

sources as (

    select force_code, is_counted_nationally from staging.stg_source

),

handovers as (

    select distinct
        sender_crime_key,
        taker_crime_key
    from transfers
    where is_handover

),

neighbours as (

    select
        sender_crime_key as crime_key,
        taker_crime_key as neighbour_key
    from handovers
    union
    select
        taker_crime_key as crime_key,
        sender_crime_key as neighbour_key
    from handovers

),

-- What is connected is one crime under several references: mostly two, seldom more than three.
connected as (

    select
        crime_key,
        crime_key as connected_key
    from neighbours
    union
    select
        connected.crime_key,
        neighbours.neighbour_key as connected_key
    from connected
    inner join neighbours on connected.connected_key = neighbours.crime_key

),

-- Whoever has taken a crime back was not before those that it once sent it to, unless they say so.
steps as (

    select distinct
        sender_crime_key,
        taker_crime_key
    from transfers
    where is_handover and not is_taken_back

),

onward as (

    select
        sender_crime_key as crime_key,
        taker_crime_key as later_key
    from steps
    union
    select
        onward.crime_key,
        steps.taker_crime_key as later_key
    from onward
    inner join steps on onward.later_key = steps.sender_crime_key

),

chains as (

    select
        crime_key,
        min(connected_key) as chain_key,
        count(*) as chain_length
    from connected
    group by crime_key

),

-- Without a way back: where a crime goes round, none of those that it comes to is before another.
one_way as (

    select
        there.crime_key,
        there.later_key
    from onward as there
    left join onward as back on there.crime_key = back.later_key and there.later_key = back.crime_key
    where back.crime_key is null

),

positions as (

    select
        later_key as crime_key,
        count(*) + 1 as chain_position
    from one_way
    group by later_key

),

words as (

    select
        versions.crime_key,
        versions.delivery_order,
        coalesce(versions.transfer_direction || coalesce(versions.transfer_force_code, ''), '')
        = coalesce(standing.transfer_direction || coalesce(standing.transfer_force_code, ''), '') as is_last_word
    from versions
    inner join chains on versions.crime_key = chains.crime_key
    inner join versions as standing on versions.crime_key = standing.crime_key and standing.is_standing
    where versions.has_stood

),

-- Since when a crime's record has said what it says now, by the order of deliveries.
said as (

    select
        words.crime_key,
        min(words.delivery_order) as said_order
    from words
    left join words as otherwise
        on
            words.crime_key = otherwise.crime_key
            and words.delivery_order <= otherwise.delivery_order
            and not otherwise.is_last_word
    where otherwise.crime_key is null
    group by words.crime_key

),

-- Whoever does not say that it sent the crime on has it, or had it when it withdrew it. Whoever says so counts it where
-- nobody else has it. A crime that is both cancelled and sent on is neither.
members as (

    select
        chains.crime_key,
        chains.chain_key,
        scope.is_national,
        versions.is_withdrawn,
        versions.is_withdrawn or coalesce(versions.transfer_direction, '') = 'out' as is_had_no_more,
        said.said_order
    from chains
    inner join versions on chains.crime_key = versions.crime_key and versions.is_standing
    inner join said on chains.crime_key = said.crime_key
    left join sources on versions.force_code = sources.force_code
    -- Once among the forces that count nationally; and once among all, as if those on trial counted too.
    cross join (values (true), (false)) as scope (is_national)
    where
        (coalesce(versions.transfer_direction, '') <> 'out' or not versions.is_withdrawn)
        and (sources.is_counted_nationally or not scope.is_national)

),

passed_on as (

    select distinct
        one_way.crime_key,
        members.is_national
    from one_way
    inner join members on one_way.later_key = members.crime_key

),

-- The last in the chain. Where it goes round or splits, one that has it; of several, the one that said so last.
holders as (

    select distinct on (members.chain_key, members.is_national)
        members.chain_key,
        members.is_national,
        case when not members.is_withdrawn then members.crime_key end as crime_key
    from members
    left join passed_on
        on members.crime_key = passed_on.crime_key and members.is_national = passed_on.is_national
    order by
        members.chain_key asc,
        members.is_national asc,
        (passed_on.crime_key is not null) asc,
        members.is_had_no_more asc,
        members.said_order desc,
        members.crime_key desc

)

select
    chains.crime_key,
    chains.chain_key,
    coalesce(positions.chain_position, 1) as chain_position,
    chains.chain_length,
    counted.crime_key as held_as_crime_key,
    overall.crime_key as held_overall_as_crime_key
from chains
left join positions on chains.crime_key = positions.crime_key
left join holders as counted on chains.chain_key = counted.chain_key and counted.is_national
left join holders as overall on chains.chain_key = overall.chain_key and not overall.is_national;

-- 4. The row of each crime that counts.
create table crime as
with transfers as (

    select * from transfer

),

-- The last handover to the crime, whichever of the two forces says it.
taken_over as (

    select distinct on (transfers.taker_crime_key)
        transfers.taker_crime_key as crime_key,
        case when transfers.transfer_direction = 'out' then transfers.force_code else transfers.other_force_code end
            as sender_force_code
    from transfers
    where transfers.is_handover
    order by
        transfers.taker_crime_key asc,
        transfers.said_order desc,
        transfers.sender_crime_key asc,
        transfers.transfer_direction asc

)

select
    versions.*,
    coalesce(sources.is_counted_nationally, false) as is_counted_nationally,
    versions.load_id as current_load_id,
    coalesce(versions.transfer_direction = 'out', false) as is_transfer_pending,
    case
        when versions.transfer_direction = 'in'
            then coalesce(versions.transfer_force_code, taken_over.sender_force_code)
        else taken_over.sender_force_code
    end as transferred_from_force_code
from version as versions
left join staging.stg_source as sources on versions.force_code = sources.force_code
left join chain on versions.crime_key = chain.crime_key
left join taken_over on versions.crime_key = taken_over.crime_key
where
    versions.is_in_latest_load and versions.is_standing and not versions.is_withdrawn
    and (
        chain.crime_key is null
        or versions.crime_key
        = case when sources.is_counted_nationally then held_as_crime_key else held_overall_as_crime_key end
    );
analyze crime;

-- 5. People who stand on those crimes, by the person that they were linked as; each once.
create table person_on_crime as
with typed as not materialized (

    select
        i.load_id, i.extract_name, i.row_number, i.crime_row_number, i.role,
        c.crime_key, c.force_code, c.recorded_on, c.delivery_on, c.layout_valid_from, c.is_counted_nationally,
        i.person_ref_token, i.pnc_token, i.surname_token, i.forename_token, i.forename_initial_token,
        i.first_forename_token, i.surname_phonetic_token, i.forename_phonetic_token, i.name_part_tokens,
        i.date_of_birth_token, i.date_of_birth_swapped_token, i.birth_year_month_token, i.birth_year_day_token,
        i.birth_month_day_token,
        case i.forename_is_initial when 'true' then true when 'false' then false end as is_initial,
        case i.date_of_birth_is_placeholder when 'true' then true when 'false' then false end as is_placeholder,
        case when i.birth_year ~ '^\d{1,9}$' then i.birth_year::integer end as birth_year,
        case when i.age_at_offence ~ '^\d{1,9}$' then i.age_at_offence::integer end as age_at_offence,
        case when i.sex in ('M', 'F') then i.sex end as sex,
        i.self_defined_ethnicity, i.observed_ethnicity, i.nationalities, i.immigration_status
    from raw.involvement as i
    inner join crime as c
        on
            i.load_id = c.load_id
            and case
                when i.crime_row_number is null then md5(c.force_code || '|' || i.crime_ref_token) = c.crime_key
                else i.extract_name = c.extract_name and i.crime_row_number = c.row_number
            end
    where not exists (
        select from ops.quarantined_row as q
        where
            q.record_kind = 'involvement' and q.load_id = i.load_id and q.extract_name = i.extract_name
            and q.row_number = i.row_number
    )

),

known as not materialized (

    select
        *,
        coalesce(is_initial, false) as forename_is_initial,
        coalesce(is_placeholder, false) as date_of_birth_is_placeholder,
        case when not coalesce(is_initial, false) then forename_token end as full_forename_token
    from typed

),

written as not materialized (

    select
        *,
        concat_ws('|', coalesce(person_ref_token::text, ''), coalesce(pnc_token::text, ''), coalesce(surname_token::text, ''), coalesce(full_forename_token::text, ''), coalesce(forename_initial_token::text, ''), coalesce(is_initial::text, ''), coalesce(first_forename_token::text, ''), coalesce(surname_phonetic_token::text, ''), coalesce(forename_phonetic_token::text, ''), coalesce(name_part_tokens::text, ''), coalesce(date_of_birth_token::text, ''), coalesce(date_of_birth_swapped_token::text, ''), coalesce(birth_year_month_token::text, ''), coalesce(birth_year_day_token::text, ''), coalesce(birth_month_day_token::text, ''), coalesce(is_placeholder::text, ''), coalesce(birth_year::text, ''), coalesce(sex::text, '')) as written_as,
        num_nonnulls(person_ref_token, pnc_token) > 0
        or (
            num_nonnulls(surname_token, full_forename_token, date_of_birth_token) = 3
            and not date_of_birth_is_placeholder
        ) as is_known_beyond_crime
    from known

),

keyed as (

    select
        *,
        md5(written_as) as person_record_key
    from written
    where is_known_beyond_crime
    union all
    select
        *,
        md5(
            'record|' || crime_key || '|' || coalesce(role, '') || '|'
            || row_number() over (
                partition by
                    load_id, crime_key, case when crime_row_number is not null then extract_name end, crime_row_number,
                    role, written_as
                order by extract_name collate "C" asc, row_number asc
            )::text
            || '|' || written_as
        ) as person_record_key
    from written
    where not is_known_beyond_crime

)

select
    row_number() over () as involvement_key,
    keyed.*,
    persons.person_key
from keyed
left join linkage.person as persons on keyed.person_record_key = persons.person_record_key;
analyze person_on_crime;

delete from person_on_crime where involvement_key in (
    with recursive

    people as (

        select * from person_on_crime

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

    select involvement_key
    from ranked
    where involvement_key <> kept_involvement_key
);
analyze person_on_crime;

-- 6. The facts.
create table hand_written.fct_ethnicity as
with coded_values as (

    select * from intermediate.int_coded_value

),

answers as (

    select * from reference.ethnicity_answer

),

involvements as (

    select * from person_on_crime

),

-- Blank, refused, not known and undecodable are different facts; a group without a category is one too.
self_defined_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        answers.self_defined_code,
        answers.ethnicity_group,
        case when coded_values.harmonised_code is null then 'unmapped' else answers.missing_reason end as missing_reason
    from coded_values
    left join answers on coded_values.harmonised_code = answers.answer
    where coded_values.column_name = 'self_defined_ethnicity'

),

observed_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        answers.ethnicity_group as observed_code,
        case
            when coded_values.harmonised_code is null then 'unmapped'
            when answers.ethnicity_group is null then answers.missing_reason
        end as missing_reason
    from coded_values
    left join answers on coded_values.harmonised_code = answers.answer
    where coded_values.column_name = 'observed_ethnicity'

),

judged as (

    -- What a person says of themselves comes before what an officer saw, which is a group and never a code.
    select
        involvements.crime_key,
        involvements.person_key,
        involvements.role,
        involvements.force_code,
        involvements.recorded_on,
        involvements.is_counted_nationally,
        involvements.load_id,


        self_defined_values.self_defined_code,
        case
            when involvements.self_defined_ethnicity is null then 'not_recorded'
            else self_defined_values.missing_reason
        end as missing_reason,


        observed_values.observed_code,
        case
            when involvements.observed_ethnicity is null then 'not_recorded'
            else observed_values.missing_reason
        end as observed_missing_reason,

        nullif(self_defined_values.self_defined_code, 'NS') as ethnicity_code,
        coalesce(self_defined_values.ethnicity_group, observed_values.observed_code, 'U') as ethnicity_group,
        case
            when self_defined_values.ethnicity_group is not null then 'self_defined'
            when observed_values.observed_code is not null then 'observed'
            else 'none'
        end as ethnicity_basis,
        self_defined_values.ethnicity_group <> observed_values.observed_code as self_defined_disagrees_with_observed,

        involvements.sex,
        involvements.age_at_offence
    from involvements
    left join self_defined_values
        on
            involvements.force_code = self_defined_values.force_code
            and involvements.layout_valid_from = self_defined_values.layout_valid_from
            and involvements.self_defined_ethnicity = self_defined_values.value
    left join observed_values
        on
            involvements.force_code = observed_values.force_code
            and involvements.layout_valid_from = observed_values.layout_valid_from
            and involvements.observed_ethnicity = observed_values.value

)

select
    crime_key, person_key, role, force_code, recorded_on, self_defined_code, observed_code, ethnicity_code,
    ethnicity_group, ethnicity_basis, missing_reason, self_defined_disagrees_with_observed, sex, age_at_offence, load_id
from judged
where is_counted_nationally;

create table hand_written.fct_nationality as
with nationality_lists as (

    select * from intermediate.int_nationality_list

),

coded_values as (

    select * from intermediate.int_coded_value

),

involvements as (

    select * from person_on_crime

),

decoded as (

    select
        nationality_lists.force_code,
        nationality_lists.layout_valid_from,
        nationality_lists.nationalities,
        nationality_lists.list_position,
        nationality_lists.nationality_value,
        coded_values.harmonised_code,
        coded_values.harmonised_code is null as is_unmapped,
        coded_values.harmonised_code in ('NR', 'UNK', 'REFUSED') as is_no_nationality
    from nationality_lists
    left join coded_values
        on
            nationality_lists.force_code = coded_values.force_code
            and nationality_lists.layout_valid_from = coded_values.layout_valid_from
            and nationality_lists.nationality_value = coded_values.value
            and coded_values.column_name = 'nationalities'

),

-- One that is named twice, as 'British' and 'UK' say, is one nationality.
named as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        coalesce(harmonised_code, 'UNK') as nationality_code,
        min(list_position) as list_position,
        (array_agg(nationality_value order by list_position))[1] as nationality_value
    from decoded
    where is_unmapped or not is_no_nationality
    group by force_code, layout_valid_from, nationalities, coalesce(harmonised_code, 'UNK')

),

ranked as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        nationality_value,
        nationality_code,
        row_number() over one_list as nationality_rank,
        count(*) over (partition by force_code, layout_valid_from, nationalities) as nationality_count
    from named
    window one_list as (partition by force_code, layout_valid_from, nationalities order by list_position)

),

-- The first takes what rounding leaves over, so that a person's weights add up to one exactly.
weighted as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        nationality_value,
        nationality_code,
        nationality_rank,
        case
            when nationality_rank = 1 then 1 - (nationality_count - 1) * round(1.0 / nationality_count, 6)
            else round(1.0 / nationality_count, 6)
        end as nationality_weight
    from ranked

),

statuses as (

    select
        force_code,
        layout_valid_from,
        nationalities,
        case
            when bool_or(is_unmapped) then 'unmapped'
            when bool_and(is_no_nationality) and bool_or(harmonised_code = 'REFUSED') then 'refused'
            when bool_and(is_no_nationality) then 'not_recorded'
            when bool_and(harmonised_code = 'GBR' or is_no_nationality) then 'british_only'
            when bool_or(harmonised_code = 'GBR') then 'british_and_other'
            when bool_and(harmonised_code = 'STATELESS' or is_no_nationality) then 'stateless'
            else 'other_only'
        end as nationality_status
    from decoded
    group by force_code, layout_valid_from, nationalities

),

immigration_values as (

    select
        force_code,
        layout_valid_from,
        value,
        nullif(coalesce(harmonised_code, 'unmapped'), 'not_recorded') as immigration_status
    from coded_values
    where column_name = 'immigration_status'

),

lists as (

    select
        statuses.force_code,
        statuses.layout_valid_from,
        statuses.nationalities,
        statuses.nationality_status,
        weighted.nationality_value,
        weighted.nationality_code,
        weighted.nationality_rank,
        weighted.nationality_weight
    from statuses
    left join weighted
        on
            statuses.force_code = weighted.force_code
            and statuses.layout_valid_from = weighted.layout_valid_from
            and statuses.nationalities = weighted.nationalities

)

select
    involvements.crime_key,
    involvements.person_key,
    involvements.role,
    involvements.force_code,
    involvements.recorded_on,

    coalesce(lists.nationality_code, 'UNK') as nationality_code,
    coalesce(lists.nationality_rank, 1)::integer as nationality_rank,
    coalesce(lists.nationality_weight, 1)::numeric(9, 6) as nationality_weight,
    coalesce(lists.nationality_status, 'not_recorded') as nationality_status,
    immigration_values.immigration_status,
    involvements.load_id
from involvements
left join lists
    on
        involvements.force_code = lists.force_code
        and involvements.layout_valid_from = lists.layout_valid_from
        and involvements.nationalities = lists.nationalities
left join immigration_values
    on
        involvements.force_code = immigration_values.force_code
        and involvements.layout_valid_from = immigration_values.layout_valid_from
        and involvements.immigration_status = immigration_values.value
where involvements.is_counted_nationally;

create table offence as
with offence_categories as (

    select * from reference.offence_category

),

coded_values as (

    select * from intermediate.int_coded_value

),

offences as (

    select * from reference.offence

),

categories as (

    select * from reference.recorded_crime_category

),

reclassifications as (

    select * from reference.offence_reclassification

),

decoded as (

    select
        crimes.crime_key,
        crimes.home_office_code as home_office_value,
        crimes.cjs_code as cjs_value,
        crimes.offence_title as title_value,
        crimes.offence_category as category_value,
        crimes.recorded_on,
        coalesce(crimes.offence_start_on, crimes.recorded_on) as legal_basis_on,
        case when home_office.rule <> 'category' then nullif(home_office.harmonised_code, '000/00') end
            as written_code,
        home_office.is_unmapped as is_written_code_unlisted,
        home_office.confidence as written_confidence,
        cjs.harmonised_code as cjs_home_office_code,
        cjs.confidence as cjs_confidence,
        case when title.rule <> 'category_title' then title.harmonised_code end as title_home_office_code,
        title.confidence as title_confidence,
        coalesce(
            category.harmonised_code,
            case when home_office.rule = 'category' then home_office.harmonised_code end,
            case when title.rule = 'category_title' then title.harmonised_code end
        ) as written_category
    from crime as crimes
    left join coded_values as home_office
        on
            crimes.force_code = home_office.force_code
            and crimes.layout_valid_from = home_office.layout_valid_from
            and crimes.home_office_code = home_office.value
            and home_office.column_name = 'home_office_code'
    left join coded_values as cjs
        on
            crimes.force_code = cjs.force_code
            and crimes.layout_valid_from = cjs.layout_valid_from
            and crimes.cjs_code = cjs.value
            and cjs.column_name = 'cjs_code'
    left join coded_values as title
        on
            crimes.force_code = title.force_code
            and crimes.layout_valid_from = title.layout_valid_from
            and crimes.offence_title = title.value
            and title.column_name = 'offence_title'
    left join coded_values as category
        on
            crimes.force_code = category.force_code
            and crimes.layout_valid_from = category.layout_valid_from
            and crimes.offence_category = category.value
            and category.column_name = 'offence_category'

),

chosen as (

    select
        decoded.*,
        case
            when decoded.written_code is not null and not decoded.is_written_code_unlisted then 'home_office_code'
            when decoded.cjs_home_office_code is not null then 'cjs_code'
            when decoded.title_home_office_code is not null then 'offence_title'
            when decoded.written_code is not null then 'home_office_code'
            when decoded.written_category is not null then 'offence_category'
            else 'none'
        end as offence_basis
    from decoded

),

coded as (

    select
        chosen.*,
        case chosen.offence_basis
            when 'home_office_code' then chosen.written_code
            when 'cjs_code' then chosen.cjs_home_office_code
            when 'offence_title' then chosen.title_home_office_code
        end as home_office_code,
        case chosen.offence_basis
            when 'home_office_code' then chosen.written_confidence
            when 'cjs_code' then chosen.cjs_confidence
            when 'offence_title' then chosen.title_confidence
            else 0
        end as offence_confidence
    from chosen

),

-- The latest category of a code stands in where none held on the days of the crime.
latest_categories as (

    select distinct on (home_office_code) home_office_code, offence_category
    from offence_categories
    where applies_to = 'any_crime'
    order by
        home_office_code asc,
        coalesce(recorded_to, offence_to, 'infinity') desc,
        coalesce(recorded_from, offence_from, '-infinity') desc

),

-- Which category a code falls under depends on the day of the offence and on that of the record.
categorised as (

    select
        coded.*,
        coalesce(in_force.offence_category, latest_categories.offence_category) as category_for_any_crime,
        in_force.offence_category is not null as is_code_in_force,
        as_written.offence_category as confirmed_category,
        offences.home_office_code as listed_code,
        offences.csae_category as csae_category_of_code,
        case when offences.home_office_code is null then coded.written_category end as category_without_code
    from coded
    left join offences on coded.home_office_code = offences.home_office_code
    left join latest_categories on coded.home_office_code = latest_categories.home_office_code
    left join offence_categories as in_force
        on
            coded.home_office_code = in_force.home_office_code
            and in_force.applies_to = 'any_crime'
            and coded.legal_basis_on >= coalesce(in_force.offence_from, '-infinity')
            and coded.legal_basis_on <= coalesce(in_force.offence_to, 'infinity')
            and coded.recorded_on >= coalesce(in_force.recorded_from, '-infinity')
            and coded.recorded_on <= coalesce(in_force.recorded_to, 'infinity')
    left join offence_categories as as_written
        on
            coded.home_office_code = as_written.home_office_code
            and coded.written_category = as_written.offence_category
            and coded.legal_basis_on >= coalesce(as_written.offence_from, '-infinity')
            and coded.legal_basis_on <= coalesce(as_written.offence_to, 'infinity')
            and coded.recorded_on >= coalesce(as_written.recorded_from, '-infinity')
            and coded.recorded_on <= coalesce(as_written.recorded_to, 'infinity')

),

-- The force's own category where it is one of the code's, or where no list has the code.
placed as (

    select
        categorised.*,
        coalesce(
            categorised.confirmed_category, categorised.category_for_any_crime, categorised.category_without_code
        ) as offence_category
    from categorised

)

select
    placed.crime_key,
    placed.home_office_value,
    placed.cjs_value,
    placed.title_value,
    placed.category_value,
    placed.home_office_code,
    placed.offence_basis,
    placed.offence_confidence,
    placed.written_code <> placed.cjs_home_office_code as is_cjs_code_contradicted,
    placed.offence_category,
    placed.listed_code,
    coalesce(placed.category_for_any_crime, placed.category_without_code) as category_for_any_crime,
    case when placed.listed_code is not null then placed.written_category <> coalesce(placed.offence_category, '') end
        as is_category_contradicted,
    placed.is_code_in_force,
    coalesce(reclassifications.to_category, placed.offence_category) as comparable_offence_category,
    coalesce(placed.csae_category_of_code, categories.csae_category) as csae_category,
    placed.legal_basis_on
from placed
left join categories on placed.category_without_code = categories.offence_category
left join reclassifications
    on
        placed.home_office_code = reclassifications.home_office_code
        and placed.offence_category = reclassifications.from_category
        and reclassifications.is_applied
;

create table outcome as
with crimes as (

    select * from crime

),

involvements as (

    select * from person_on_crime

),

coded_values as (

    select * from intermediate.int_coded_value

),

outcomes as (

    select * from reference.outcome

),

people as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspect_count,
        count(*) filter (where role = 'victim') as victim_count,
        bool_or(age_at_offence < 18) filter (where role = 'victim') as has_child_victim
    from involvements
    group by crime_key

),

outcome_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        coded_values.harmonised_code as outcome_code,
        outcomes.outcome_group,
        outcomes.suspect_identified
    from coded_values
    left join outcomes on coded_values.harmonised_code = outcomes.outcome_code
    where coded_values.column_name = 'outcome_code'

)

-- What the outcome says of a suspect comes before what the records of people say.
select
    crimes.crime_key,
    crimes.outcome_code as outcome_value,
    outcome_values.outcome_code,
    outcome_values.outcome_group,
    coalesce(people.suspect_count, 0)::integer as suspect_count,
    coalesce(people.victim_count, 0)::integer as victim_count,
    people.has_child_victim,
    coalesce(outcome_values.suspect_identified, people.suspect_count > 0, false) as has_identified_suspect
from crimes
left join people on crimes.crime_key = people.crime_key
left join outcome_values
    on
        crimes.force_code = outcome_values.force_code
        and crimes.layout_valid_from = outcome_values.layout_valid_from
        and crimes.outcome_code = outcome_values.value
;

create table maturity as
with crimes as (

    select * from crime

),

versions as (

    select * from version
    where crime_key in (select crime_key from crime)

),

crime_outcomes as (

    select * from outcome

),

outcomes as (

    select * from reference.outcome

),

wordings as (

    select * from intermediate.int_wording

),

form_keys as (

    select * from intermediate.int_form_key

),

written_outcomes as (

    select distinct
        outcome_code as value,
        hand_written.form(outcome_code) as form
    from versions
    where has_stood and outcome_code is not null

),

-- What was written on earlier versions is read by code or wording alone: how a source's other crimes are written has no
-- say in it.
readings as (

    select
        value,
        1 as place,
        substring(trim(value) from '^0*(\d{1,2})$') as harmonised_code
    from written_outcomes
    union all
    select
        written_outcomes.value,
        2 as place,
        wordings.harmonised_code
    from written_outcomes
    inner join wordings
        on
            wordings.column_name = 'outcome_code'
            and wordings.key_kind = 'form'
            and written_outcomes.form = wordings.wording_key
    union all
    select
        written_outcomes.value,
        3 as place,
        wordings.harmonised_code
    from written_outcomes
    inner join form_keys on form_keys.subject = 'outcome' and written_outcomes.form = form_keys.form
    inner join wordings
        on
            wordings.column_name = 'outcome_code'
            and wordings.key_kind = 'said'
            and form_keys.said = wordings.wording_key

),

first_readings as (

    select distinct on (value)
        value,
        harmonised_code
    from readings
    where harmonised_code is not null
    order by value asc, place asc

),

final_outcomes as (

    select
        first_readings.value,
        outcomes.outcome_code
    from first_readings
    inner join outcomes on first_readings.harmonised_code = outcomes.outcome_code

),

became_final as (

    select
        versions.crime_key,
        min(versions.delivery_order) as final_order
    from versions
    inner join crimes on versions.crime_key = crimes.crime_key
    inner join final_outcomes on versions.outcome_code = final_outcomes.value
    where versions.has_stood and coalesce(versions.record_status, 'live') <> 'cancelled'
    group by versions.crime_key

),

-- A crime of which there is one version cannot have changed: most are.
came_again as (

    select crime_key
    from versions
    where has_stood
    group by crime_key
    having count(*) > 1

),

-- Dates and flags are the same in every layout. Codes are compared as written, within one layout: a new records system
-- writes the same offence in another way.
since as (

    select
        versions.crime_key,
        versions.layout_valid_from,
        jsonb_build_array(
            versions.record_status,
            versions.recorded_on,
            versions.offence_start_on,
            versions.outcome_on,
            versions.is_online,
            versions.is_group_based,
            versions.is_child_abuse_flagged,
            versions.outcome_code is null
        ) as facts,
        jsonb_build_array(
            hand_written.form(versions.home_office_code),
            hand_written.form(versions.cjs_code),
            case
                when versions.home_office_code is null and versions.cjs_code is null
                    then hand_written.form(versions.offence_title)
            end,
            hand_written.form(versions.offence_category),
            coalesce(final_outcomes.outcome_code, hand_written.form(versions.outcome_code))
        ) as codes
    from versions
    inner join came_again on versions.crime_key = came_again.crime_key
    inner join became_final on versions.crime_key = became_final.crime_key
    left join final_outcomes on versions.outcome_code = final_outcomes.value
    where versions.has_stood and versions.delivery_order >= became_final.final_order

),

by_layout as (

    select
        crime_key,
        min(facts::text) as least_facts,
        max(facts::text) as greatest_facts,
        min(codes::text) <> max(codes::text) as has_changed_code
    from since
    group by crime_key, layout_valid_from

),

changed as (

    select
        crime_key,
        min(least_facts) <> max(greatest_facts) or bool_or(has_changed_code) as is_changed
    from by_layout
    group by crime_key

)

select
    crimes.crime_key,
    case
        when crimes.is_transfer_pending or crime_outcomes.outcome_group is null then 'provisional'
        when changed.is_changed then 'restated'
        else 'final'
    end as data_maturity
from crimes
inner join crime_outcomes on crimes.crime_key = crime_outcomes.crime_key
left join changed on crimes.crime_key = changed.crime_key;
analyze offence;
analyze outcome;
analyze maturity;

create table hand_written.fct_offence_type as
with crimes as (

    select * from crime

),

crime_offences as (

    select * from offence

),

crime_outcomes as (

    select * from outcome

),

maturities as (

    select * from maturity

),

memberships as (

    select * from intermediate.int_csae_membership

),

-- A definition may count some offences only where a victim is known to be a child or the force flags child abuse.
counted as (

    select
        crime_offences.crime_key,
        bool_or(memberships.definition = 'statutory_list') as is_in_statutory_list,
        bool_or(memberships.definition = 'statutory_list_with_images') as is_in_statutory_list_with_images,
        bool_or(memberships.definition = 'npcc_wider') as is_in_npcc_wider
    from crime_offences
    inner join crimes on crime_offences.crime_key = crimes.crime_key
    inner join crime_outcomes on crime_offences.crime_key = crime_outcomes.crime_key
    inner join memberships
        on
            crime_offences.category_for_any_crime = memberships.offence_category
            and crime_offences.listed_code is not distinct from memberships.home_office_code
    where
        memberships.is_always_in
        or crime_outcomes.has_child_victim
        or crimes.is_child_abuse_flagged
    group by crime_offences.crime_key

)

select
    crimes.crime_key,
    crimes.force_code,
    crimes.crime_ref_token,
    crimes.recorded_on,
    crimes.offence_start_on,
    crime_offences.home_office_code,
    -- Only what has the form of a code: other text could be anything.
    substring(trim(crimes.cjs_code) from '^[A-Za-z0-9]{2,4}[0-9]{3,6}[A-Za-z]{0,2}$') as cjs_code,
    crime_offences.offence_category,
    crime_offences.csae_category,
    crime_offences.legal_basis_on,
    crimes.is_online,
    crimes.is_group_based as is_group_based_flagged,
    crime_outcomes.suspect_count >= 2 as is_group_based_derived,
    crime_outcomes.outcome_code,
    crimes.outcome_on,
    crime_outcomes.suspect_count,
    crime_outcomes.victim_count,
    crime_outcomes.has_identified_suspect,
    crimes.transferred_from_force_code,
    crimes.first_load_id,
    crimes.current_load_id,
    crime_offences.offence_basis,
    crime_offences.offence_confidence,
    crime_offences.comparable_offence_category,
    coalesce(counted.is_in_statutory_list, false) as is_in_statutory_list,
    coalesce(counted.is_in_statutory_list_with_images, false) as is_in_statutory_list_with_images,
    coalesce(counted.is_in_npcc_wider, false) as is_in_npcc_wider,
    crimes.is_child_abuse_flagged,
    maturities.data_maturity
from crimes
inner join crime_offences on crimes.crime_key = crime_offences.crime_key
inner join crime_outcomes on crimes.crime_key = crime_outcomes.crime_key
inner join maturities on crimes.crime_key = maturities.crime_key
left join counted on crimes.crime_key = counted.crime_key
where crimes.is_counted_nationally;
