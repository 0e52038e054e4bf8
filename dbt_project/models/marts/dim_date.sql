with crimes as (

    select * from {{ ref('int_crime_count') }}

),

-- Whole calendar years. A date mistyped by a thousand years must not make a calendar of them.
years as (

    select
        greatest(date_trunc('year', min(first_on)), '1900-01-01') as first_year_on,
        least(date_trunc('year', max(last_on)), '2100-01-01') as last_year_on
    from crimes

),

days as (

    select day_of_years.day_at::date as date_on
    from years
    cross join lateral generate_series(
        years.first_year_on,
        years.last_year_on + interval '1 year' - interval '1 day',
        interval '1 day'
    ) as day_of_years (day_at)

)

select
    date_on,
    extract(year from date_on)::integer as calendar_year,
    extract(quarter from date_on)::integer as calendar_quarter,
    date_trunc('month', date_on)::date as month_starts_on,
    -- The financial year begins on 1 April, three months after the calendar year.
    to_char(date_on - interval '3 months', 'YYYY') || '/' || to_char(date_on + interval '9 months', 'YY')
        as financial_year,
    extract(quarter from date_on - interval '3 months')::integer as financial_quarter,
    extract(isoyear from date_on)::integer as iso_year,
    extract(week from date_on)::integer as iso_week
from days
