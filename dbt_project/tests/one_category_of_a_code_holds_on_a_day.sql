-- For any crime of a code there is one category on each day of the offence and of the record.
with offence_categories as (

    select * from {{ ref('offence_category') }}

),

spans as (

    select
        home_office_code,
        offence_category,
        row_number() over (partition by home_office_code) as row_place,
        daterange(offence_from, offence_to, '[]') as offence_days,
        daterange(recorded_from, recorded_to, '[]') as recorded_days
    from offence_categories
    where applies_to = 'any_crime'

)

select
    spans.home_office_code,
    spans.offence_category,
    later.offence_category as other_category
from spans
inner join spans as later on spans.home_office_code = later.home_office_code and spans.row_place < later.row_place
where spans.offence_days && later.offence_days and spans.recorded_days && later.recorded_days
