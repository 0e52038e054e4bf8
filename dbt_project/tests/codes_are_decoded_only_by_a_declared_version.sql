-- The same code means different things in different versions: without a version of the column's, nothing is a code.
with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

code_sets as (

    select * from {{ ref('code_set') }}

)

select
    coded_values.force_code,
    coded_values.layout_valid_from,
    coded_values.column_name,
    coded_values.rule
from coded_values
left join code_sets
    on coded_values.scheme = code_sets.scheme and coded_values.column_name = code_sets.column_name
where
    coded_values.column_name in ('self_defined_ethnicity', 'observed_ethnicity', 'nationalities')
    and coded_values.rule in ('own_code', 'code', 'code_and_label')
    and code_sets.scheme is null
