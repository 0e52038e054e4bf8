-- A form that is not written as values are normalised would never match one.
with forms as (

    select * from {{ ref('immigration_status_form') }}

)

select form
from forms
where form <> {{ normalised_form('form') }}
