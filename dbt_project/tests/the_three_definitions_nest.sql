-- The statutory list is in the list with images, and that in the wider definition.
with crimes as (

    select * from {{ ref('fct_offence_type') }}

)

select crime_key
from crimes
where
    (is_in_statutory_list and not is_in_statutory_list_with_images)
    or (is_in_statutory_list_with_images and not is_in_npcc_wider)
