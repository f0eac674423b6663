-- What the cooperation index is made of, as the index takes it. What is missing has its row too, with the reason.
with experiments as (

    select trade_view, cif_fob_factor from {{ ref('cooperation_experiments') }} where kind = 'base'

),

pillars as (

    select pillar, weight / sum(weight) over () as share_of_index from {{ ref('cooperation_pillars') }}

)

select
    scores.home_iso3,
    scores.partner_iso3,
    scores.dyad_role,
    cast(scores.year_number as string) as period,
    make_date(scores.year_number, 1, 1) as period_start,
    scores.indicator,
    scores.pillar,
    definitions.label,
    definitions.scope,
    scores.value,
    definitions.unit,
    cast(scores.by_goalposts as double) as normalised,
    definitions.goalpost_low,
    definitions.goalpost_high,
    scores.share_of_pillar * pillars.share_of_index as weight,
    case when scores.value is not null then cast(scores.newest_year as string) end as source_period,
    cast(scores.data_age_years as double) as data_age_years,
    scores.value is not null and scores.data_age_years = 0 as is_observed,
    scores.is_official,
    case
        when scores.value is not null then null
        when scores.newest_year is null then 'no figure of this year or an earlier one is known'
        else concat(
            'the newest figure is of ', cast(scores.newest_year as string),
            ' and figures are carried forward for ', cast(scores.max_age_years as string), ' years at most'
        )
    end as null_reason
from {{ ref('int_cooperation__scores') }} as scores
inner join experiments
    on scores.trade_view = experiments.trade_view
    and scores.cif_fob_factor = experiments.cif_fob_factor
inner join pillars on scores.pillar = pillars.pillar
inner join {{ ref('cooperation_indicator_definitions') }} as definitions on scores.indicator = definitions.indicator
