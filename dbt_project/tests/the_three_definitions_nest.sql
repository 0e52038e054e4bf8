-- The statutory list is in the list with images, and that in the wider definition.
with crimes as (

    {{ checked_rows(ref('fct_offence_type'), 'crime_key', ref('int_changed_person_crime')) }}

)

select crime_key
from crimes
where
    (is_in_statutory_list and not is_in_statutory_list_with_images)
    or (is_in_statutory_list_with_images and not is_in_npcc_wider)
