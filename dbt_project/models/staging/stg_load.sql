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

-- The same bytes for another date are not loaded again. A snapshot says anew with them what stands on that date, so
-- its load takes the later place in the order; a delta says nothing new.
repeated as (

    select distinct on (loads.duplicate_of)
        loads.duplicate_of as load_id,
        loads.delivery_on,
        loads.correction_number
    from loads
    inner join sources on loads.source = sources.force_code
    where loads.state = 'duplicate' and sources.delivery_mode = 'snapshot'
    order by loads.duplicate_of asc, loads.delivery_on desc, loads.correction_number desc

),

decided as (

    select
        loads.load_id,
        loads.source as force_code,
        loads.delivery_on,
        loads.correction_number,
        greatest(loads.delivery_on, repeated.delivery_on) as stands_on,
        case
            when repeated.delivery_on > loads.delivery_on then repeated.correction_number
            else loads.correction_number
        end as stands_as_correction,
        coalesce(sources.delivery_mode, 'delta') as delivery_mode,
        loads.layout_valid_from,
        loads.crimes_read,
        loads.involvements_read,
        loads.case_reviews_read,
        loads.state = 'accepted' as is_accepted
    from loads
    left join sources on loads.source = sources.force_code
    left join repeated on loads.load_id = repeated.load_id
    where loads.state in ('accepted', 'rejected')

),

-- The order of versions is that of the deliveries and never of a clock.
ordered as (

    select
        load_id,
        force_code,
        delivery_on,
        correction_number,
        stands_on,
        row_number() over (order by stands_on, stands_as_correction, load_id) as delivery_order,
        delivery_mode,
        layout_valid_from,
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

)

-- The YAML of today says what a code means, in old loads as in new ones: the date that the ledger holds may be of a
-- layout that has since been moved. It stands only for a source whose layouts have no code sets.
select
    ordered.load_id,
    ordered.force_code,
    ordered.delivery_on,
    ordered.correction_number,
    ordered.delivery_order,
    ordered.delivery_mode,
    coalesce(layouts.layout_valid_from, ordered.layout_valid_from) as layout_valid_from,
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
        and ordered.delivery_on >= layouts.first_delivery_on
        and ordered.delivery_on < layouts.next_layout_on
