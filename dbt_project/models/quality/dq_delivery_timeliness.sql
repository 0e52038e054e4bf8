with sources as (

    select * from {{ ref('stg_source') }}

),

deliveries as (

    select * from {{ ref('stg_delivery') }}

),

last_delivery as (

    select max(delivery_on) as delivery_on
    from deliveries

),

-- A source is judged from its first delivery on; one that has never delivered, on the last day that any source has.
expected as (

    select
        sources.force_code,
        sources.is_counted_nationally,
        sources.due_every,
        sources.due_day,
        last_delivery.delivery_on as last_day,
        coalesce(min(deliveries.delivery_on), last_delivery.delivery_on) as first_day
    from sources
    cross join last_delivery
    left join deliveries on sources.force_code = deliveries.force_code
    where sources.is_expected and last_delivery.delivery_on is not null
    group by
        sources.force_code,
        sources.is_counted_nationally,
        sources.due_every,
        sources.due_day,
        last_delivery.delivery_on

),

-- The days that the YAML says, the one that the first delivery was for included: it is at most 31 days before it.
due_days as (

    select
        expected.force_code,
        expected.is_counted_nationally,
        expected.first_day,
        calendar.day_on::date as due_on
    from expected
    cross join
        generate_series(
            expected.first_day - interval '31 days', expected.last_day::timestamp, interval '1 day'
        ) as calendar (day_on)
    where
        case expected.due_every
            when 'daily' then true
            when 'weekdays' then extract(isodow from calendar.day_on) <= 5
            when 'weekly' then extract(isodow from calendar.day_on) = expected.due_day + 1
            when 'monthly' then extract(day from calendar.day_on) = expected.due_day
        end

),

-- Each delivery belongs to the last due day up to its own. In one pass: to compare every delivery of a source with
-- every due day would grow with the square of the history.
in_order as (

    select
        force_code,
        is_counted_nationally,
        first_day,
        due_on as day_on,
        due_on,
        null::date as delivery_on,
        null::boolean as is_accepted
    from due_days
    union all
    select
        expected.force_code,
        expected.is_counted_nationally,
        expected.first_day,
        deliveries.delivery_on as day_on,
        null::date as due_on,
        deliveries.delivery_on,
        deliveries.is_accepted
    from expected
    inner join deliveries on expected.force_code = deliveries.force_code

),

placed as (

    select
        force_code,
        is_counted_nationally,
        first_day,
        delivery_on,
        is_accepted,
        max(due_on) over (
            partition by force_code
            order by day_on
        ) as due_on
    from in_order

),

answered as (

    select
        force_code,
        is_counted_nationally,
        first_day,
        due_on,
        min(delivery_on) filter (where is_accepted) as delivered_on,
        count(delivery_on) as delivery_days,
        lead(due_on, 1, 'infinity'::date) over (
            partition by force_code
            order by due_on
        ) as next_due_on
    from placed
    where due_on is not null
    group by force_code, is_counted_nationally, first_day, due_on

)

select
    force_code,
    due_on,
    is_counted_nationally,
    delivered_on,
    delivered_on - due_on as days_late,
    case
        when delivered_on = due_on then 'on_time'
        when delivered_on is not null then 'late'
        when delivery_days > 0 then 'rejected'
        else 'missing'
    end as punctuality
from answered
where next_due_on > first_day
order by force_code asc, due_on asc
