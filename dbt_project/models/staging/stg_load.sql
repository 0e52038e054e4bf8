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
