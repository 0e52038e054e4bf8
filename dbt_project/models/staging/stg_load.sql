-- A load that is still in flight (received, loaded) is not here, so that nothing after this can see it.
with loads as (

    select * from {{ source('ops', 'load') }}

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

)

select
    load_id,
    force_code,
    delivery_on,
    correction_number,
    delivery_order,
    layout_valid_from,
    crimes_read,
    involvements_read,
    is_accepted,
    is_accepted and delivery_order = max(delivery_order) filter (where is_accepted) over (
        partition by force_code, delivery_on
    ) as is_current_correction
from ordered
