with schemes as (

    select * from {{ ref('stg_code_scheme') }}

),

source_codes as (

    select * from {{ ref('stg_source_code') }}

),

ethnicity_codes as (

    select * from {{ ref('ethnicity_scheme_code') }}

),

nationality_codes as (

    select * from {{ ref('nationality_scheme_code') }}

),

nationality_wordings as (

    select * from {{ ref('nationality_wording') }}

),

-- Demonyms and names of countries are code sets too: what is written is the code.
standard_codes as (

    select
        scheme,
        code,
        harmonised_code
    from ethnicity_codes
    union all
    select
        scheme,
        code,
        nationality_code as harmonised_code
    from nationality_codes
    union all
    select
        scheme,
        wording as code,
        nationality_code as harmonised_code
    from nationality_wordings
    where nationality_code <> 'AMBIGUOUS'

),

candidates as (

    select
        schemes.force_code,
        schemes.layout_valid_from,
        schemes.column_name,
        schemes.scheme,
        {{ normalised_form('source_codes.code') }} as code,
        source_codes.harmonised_code,
        true as is_own_code
    from schemes
    inner join source_codes on schemes.force_code = source_codes.force_code and schemes.scheme = source_codes.scheme
    union all
    select
        schemes.force_code,
        schemes.layout_valid_from,
        schemes.column_name,
        schemes.scheme,
        {{ normalised_form('standard_codes.code') }} as code,
        standard_codes.harmonised_code,
        false as is_own_code
    from schemes
    inner join standard_codes on schemes.scheme = standard_codes.scheme

)

-- A force's own meaning of a code comes before that of the set it takes its codes from.
select distinct on (force_code, layout_valid_from, column_name, code)
    force_code,
    layout_valid_from,
    column_name,
    scheme,
    code,
    harmonised_code,
    case when is_own_code then 'own_code' else 'code' end as rule
from candidates
order by
    force_code asc,
    layout_valid_from asc,
    column_name asc,
    code asc,
    is_own_code desc,
    harmonised_code collate "C" asc
