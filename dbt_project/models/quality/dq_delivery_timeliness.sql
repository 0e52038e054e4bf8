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

first_deliveries as (

    select
        force_code,
        min(delivery_on) as delivery_on
    from deliveries
    group by force_code

),

-- A source is judged from its first delivery on; one that has never delivered, on the last day that any source has.
expected as (

    select
        sources.force_code,
        sources.is_counted_nationally,
        sources.due_every,
        sources.due_day,
        last_delivery.delivery_on as last_day,
        coalesce(first_deliveries.delivery_on, last_delivery.delivery_on) as first_day
    from sources
    cross join last_delivery
    left join first_deliveries on sources.force_code = first_deliveries.force_code
    where sources.is_expected and last_delivery.delivery_on is not null

),

-- The days that the YAML says, the one that the first delivery was for included.
due_days as (

    select
        expected.force_code,
        expected.is_counted_nationally,
        calendar.day_on::date as due_on
    from expected
    cross join
        generate_series(
            {{ last_due('expected.first_day', 'expected') }}, expected.last_day::timestamp, interval '1 day'
        ) as calendar (day_on)
    where {{ last_due('calendar.day_on::date', 'expected') }} = calendar.day_on::date

),

-- Each delivery belongs to the last due day up to its own, which is reckoned from its date: to compare or sort
-- deliveries and due days would cost more with every year.
answers as (

    select
        expected.force_code,
        {{ last_due('deliveries.delivery_on', 'expected') }} as due_on,
        min(deliveries.delivery_on) filter (where deliveries.is_accepted) as delivered_on
    from expected
    inner join deliveries on expected.force_code = deliveries.force_code
    group by expected.force_code, {{ last_due('deliveries.delivery_on', 'expected') }}

)

-- As they come: by source and day, and so by the key.
select
    due_days.force_code,
    due_days.due_on,
    due_days.is_counted_nationally,
    answers.delivered_on,
    answers.delivered_on - due_days.due_on as days_late,
    case
        when answers.delivered_on = due_days.due_on then 'on_time'
        when answers.delivered_on is not null then 'late'
        when answers.due_on is not null then 'rejected'
        else 'missing'
    end as punctuality
from due_days
left join answers on due_days.force_code = answers.force_code and due_days.due_on = answers.due_on
