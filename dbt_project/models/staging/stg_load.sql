-- A load that is still in flight (received, loaded) is not here, so that nothing after this can see it.
with loads as (

    select * from {{ source('ops', 'load') }}

),

code_schemes as (

    select * from {{ ref('stg_code_scheme') }}

),

decided as (

    select
        load_id,
        source as force_code,
        delivery_on,
        correction_number,
        layout_valid_from,
        crimes_read,
        involvements_read,
        state = 'accepted' as is_accepted
    from loads
    where state in ('accepted', 'rejected')

),

-- The order of versions is that of the deliveries and never of a clock.
ordered as (

    select
        load_id,
        force_code,
        delivery_on,
        correction_number,
        row_number() over (order by delivery_on, correction_number, load_id) as delivery_order,
        layout_valid_from,
        crimes_read,
        involvements_read,
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
    coalesce(layouts.layout_valid_from, ordered.layout_valid_from) as layout_valid_from,
    ordered.crimes_read,
    ordered.involvements_read,
    ordered.is_accepted,
    ordered.is_accepted and ordered.delivery_order = max(ordered.delivery_order) filter (
        where ordered.is_accepted
    ) over (
        partition by ordered.force_code, ordered.delivery_on
    ) as is_current_correction
from ordered
left join layouts
    on
        ordered.force_code = layouts.force_code
        and ordered.delivery_on >= layouts.first_delivery_on
        and ordered.delivery_on < layouts.next_layout_on
