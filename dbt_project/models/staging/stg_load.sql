{{ config(materialized='table') }}

-- A load that is still in flight (received, loaded) is not here, so that nothing after this can see it.
with loads as (

    select * from {{ source('ops', 'load') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

code_schemes as (

    select * from {{ ref('stg_code_scheme') }}

),

snapshot_sources as (

    select force_code from sources
    where delivery_mode = 'snapshot'

),

again as (

    select
        duplicate_of as load_id,
        delivery_on,
        correction_number
    from loads
    where state = 'duplicate'

),

-- The same bytes for another date are not loaded again: one load is of all the dates that they came for. A snapshot
-- says with them what stands on the last of those dates; a delta says nothing new after the first.
came_for as (

    select
        load_id,
        delivery_on,
        correction_number
    from loads
    where state in ('accepted', 'rejected') and load_id in (select again.load_id from again)
    union all
    select * from again

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

-- Nearly all came for one date. Which sources send snapshots is looked up in a set: a join could be planned as a loop.
decided as (

    select
        loads.load_id,
        loads.source as force_code,
        loads.delivery_on as read_as_of,
        loads.layout_valid_from,
        loads.attempt,
        loads.crimes_read,
        loads.involvements_read,
        loads.case_reviews_read,
        loads.state = 'accepted' as is_accepted,
        coalesce(first_dates.delivery_on, loads.delivery_on) as delivery_on,
        coalesce(first_dates.correction_number, loads.correction_number) as correction_number,
        coalesce(last_dates.delivery_on, loads.delivery_on) as last_on,
        coalesce(last_dates.correction_number, loads.correction_number) as last_correction,
        loads.source in (select snapshot_sources.force_code from snapshot_sources) as is_snapshot
    from loads
    left join first_dates on loads.load_id = first_dates.load_id
    left join last_dates on loads.load_id = last_dates.load_id
    where loads.state in ('accepted', 'rejected')

),

standing as (

    select
        *,
        case when is_snapshot then last_on else delivery_on end as stands_on,
        case when is_snapshot then last_correction else correction_number end as stands_as_correction
    from decided

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
        case when is_snapshot then 'snapshot' else 'delta' end as delivery_mode,
        layout_valid_from,
        attempt,
        crimes_read,
        involvements_read,
        case_reviews_read,
        is_accepted
    from standing

),

last_corrections as (

    select
        force_code,
        stands_on,
        max(delivery_order) as delivery_order
    from ordered
    where is_accepted
    group by force_code, stands_on

),

latest_snapshots as (

    select
        force_code,
        max(delivery_order) as delivery_order
    from ordered
    where is_accepted and delivery_mode = 'snapshot'
    group by force_code

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
        ordered.is_accepted and coalesce(ordered.delivery_order = last_corrections.delivery_order, false)
            as is_current_correction,
        ordered.is_accepted and coalesce(ordered.delivery_order = latest_snapshots.delivery_order, false)
            as is_latest_snapshot
    from ordered
    left join layouts
        on
            ordered.force_code = layouts.force_code
            and ordered.read_as_of >= layouts.first_delivery_on
            and ordered.read_as_of < layouts.next_layout_on
    left join last_corrections
        on ordered.force_code = last_corrections.force_code and ordered.stands_on = last_corrections.stands_on
    left join latest_snapshots on ordered.force_code = latest_snapshots.force_code

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
