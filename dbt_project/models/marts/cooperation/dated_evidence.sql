{{ config(alias='evidence') }}
-- Dated facts that are no series, each with its source and its age. A fact known to the year or the month is dated to the
-- first day of it, and its age is counted from the last. (The seed has the name `evidence` already.)
with facts as (

    select
        evidence.*,
        case observed_precision when 'year' then 'A' when 'month' then 'M' when 'day' then 'D' end as frequency
    from {{ ref('evidence') }} as evidence

),

dated as (

    select
        facts.*,
        {{ period_start('observed_on', 'frequency', 'cast(null as string)') }} as observed_from,
        {{ period_end('observed_on', 'frequency') }} as observed_until
    from facts

)

select
    dated.evidence_id,
    dated.home_iso3,
    dated.partner_iso3,
    dated.pillar,
    dated.topic,
    dated.subject,
    dated.status,
    dated.statement,
    dated.value,
    dated.unit,
    dated.observed_from as observed_on,
    dated.observed_until,
    dated.observed_precision,
    {{ age_years('dated.observed_until', 'reference.reference_date') }} as data_age_years,
    dated.source_title,
    dated.source_url,
    dated.note
from dated
cross join {{ ref('stg_store__reference') }} as reference
-- Rebuilt for a day of the past, the file holds nothing that had not happened yet.
where dated.observed_from <= reference.reference_date
