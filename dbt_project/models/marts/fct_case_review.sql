with versions as (

    select * from {{ ref('int_case_review_version') }}

),

fates as (

    select * from {{ ref('int_case_review_fate') }}

),

sources as (

    select * from {{ ref('stg_source') }}

)

select
    versions.case_key,
    versions.force_code,
    versions.identified_on,
    versions.status,
    versions.status_on,
    versions.reason_closed,
    versions.is_group_based,
    versions.load_id
from versions
inner join fates
    on
        versions.load_id = fates.load_id
        and versions.extract_name = fates.extract_name
        and versions.row_number = fates.row_number
inner join sources on versions.source_code = sources.force_code
where fates.fate = 'current' and sources.is_counted_nationally
order by versions.case_key asc, versions.status_on asc
