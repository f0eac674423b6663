-- Students who are abroad, by origin, host and definition. The World (WLD) stands on the side that a publisher does not
-- break down. What nobody reported has no row: UIS counts outbound students from reports of the hosts, so a host that
-- does not report looks like zero elsewhere, and must not here.
with figures as (

    select
        case definitions.reporter_is
            when 'host' then coalesce(observations.partner_iso3, 'WLD') else observations.reporter_iso3
        end as origin_iso3,
        case definitions.reporter_is
            when 'host' then observations.reporter_iso3 else coalesce(observations.partner_iso3, 'WLD')
        end as host_iso3,
        observations.frequency,
        observations.period,
        observations.period_start,
        observations.period_end,
        definitions.definition,
        observations.value as students,
        observations.is_estimated,
        observations.publisher,
        observations.dataset,
        observations.snapshot_id
    from {{ ref('observations') }} as observations
    inner join {{ ref('student_definitions') }} as definitions
        on observations.dataset = definitions.dataset
        and observations.definition = definitions.observation_definition
    where observations.frequency = 'A' and observations.value is not null

)

select
    figures.origin_iso3,
    figures.host_iso3,
    figures.frequency,
    figures.period,
    figures.period_start,
    figures.definition,
    figures.students,
    {{ age_years('figures.period_end', 'reference.reference_date') }} as data_age_years,
    figures.is_estimated,
    figures.publisher,
    figures.dataset,
    figures.snapshot_id
from figures
cross join {{ ref('stg_store__reference') }} as reference
