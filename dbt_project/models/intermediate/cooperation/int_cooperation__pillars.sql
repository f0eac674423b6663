-- The pillars of every pair and year as the index takes them (experiment base) and as every other way of computing it
-- would: those of the seed, and each scored indicator and each pillar left out in turn.
with methods as (

    select * from {{ ref('cooperation_experiments') }}

),

scored as (

    select indicator, pillar from {{ ref('cooperation_indicator_definitions') }} where weight > 0

),

experiments as (

    select
        experiment, kind, trade_view, cif_fob_factor, normalisation, within_pillar, across_pillars, max_age_years,
        cast(null as string) as left_out
    from methods

    union all

    select
        concat('without_', scored.indicator), 'drop_indicator', trade_view, cif_fob_factor, normalisation, within_pillar,
        across_pillars, max_age_years, scored.indicator
    from methods
    cross join scored
    where methods.kind = 'base'

    union all

    select
        concat('without_', pillars.pillar), 'drop_pillar', trade_view, cif_fob_factor, normalisation, within_pillar,
        across_pillars, max_age_years, pillars.pillar
    from methods
    cross join {{ ref('cooperation_pillars') }} as pillars
    where methods.kind = 'base'

),

members as (

    select
        experiments.experiment,
        experiments.kind,
        experiments.within_pillar,
        experiments.across_pillars,
        scores.home_iso3,
        scores.partner_iso3,
        scores.dyad_role,
        scores.year_number,
        scores.pillar,
        scores.pillar_weight,
        scores.share_of_pillar,
        scores.data_age_years,
        case
            when scores.data_age_years > experiments.max_age_years then null
            when experiments.normalisation = 'panel_min_max' then scores.by_panel_min_max
            when experiments.normalisation = 'panel_rank' then scores.by_panel_rank
            else scores.by_goalposts
        end as normalised
    from experiments
    inner join {{ ref('int_cooperation__scores') }} as scores
        on experiments.trade_view = scores.trade_view
        and experiments.cif_fob_factor = scores.cif_fob_factor
        and coalesce(experiments.left_out, '') not in (scores.indicator, scores.pillar)
    where scores.weight > 0

)

select
    experiment,
    kind,
    across_pillars,
    home_iso3,
    partner_iso3,
    dyad_role,
    year_number,
    pillar,
    max(pillar_weight) as pillar_weight,
    case
        when max(within_pillar) = 'geometric' then {{ geometric_mean_if_observed(
            'normalised', 'share_of_pillar', parameter('index_min_pillar_weight'), parameter('index_floor')
        ) }}
        else {{ mean_if_observed('normalised', 'share_of_pillar', parameter('index_min_pillar_weight')) }}
    end as pillar_score,
    {{ exact_sum('case when normalised is not null then share_of_pillar else 0 end') }} as known_share,
    {{ exact_sum('case when normalised is not null and data_age_years > 0 then share_of_pillar else 0 end') }}
        as carried_share,
    count(normalised) as n_known
from members
group by experiment, kind, across_pillars, home_iso3, partner_iso3, dyad_role, year_number, pillar
