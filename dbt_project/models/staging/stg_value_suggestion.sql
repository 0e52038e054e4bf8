with suggestions as (

    select * from {{ source('reference', 'source_suggestion') }}

)

select
    source as force_code,
    column_name,
    scheme,
    value,
    suggested_code,
    score as suggestion_score,
    evidence as suggestion_evidence
from suggestions
where suggested_code is not null
