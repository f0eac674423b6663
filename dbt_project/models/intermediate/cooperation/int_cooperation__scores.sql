-- Every indicator of every watched pair and year, with figures carried forward as long as the seed allows, normalised in
-- three ways. A row without a value is there too: what is missing counts against the coverage.
with indicators as (

    select
        definitions.*,
        pillars.weight as pillar_weight,
        definitions.weight / sum(definitions.weight) over (partition by definitions.pillar) as share_of_pillar
    from {{ ref('cooperation_indicator_definitions') }} as definitions
    inner join {{ ref('cooperation_pillars') }} as pillars on definitions.pillar = pillars.pillar

),

figures as (

    select * from {{ ref('int_cooperation__figures') }} where value is not null

),

-- A pair's years begin with the first statistic that the index can take; memberships alone are known for ever.
beginnings as (

    select figures.home_iso3, figures.partner_iso3, min(figures.year_number) as first_year
    from figures
    inner join indicators on figures.indicator = indicators.indicator
    inner join {{ ref('cooperation_experiments') }} as experiments
        on figures.trade_view = experiments.trade_view
        and figures.cif_fob_factor = experiments.cif_fob_factor
    where experiments.kind = 'base' and indicators.source_mart not in ('group_memberships', 'evidence')
    group by figures.home_iso3, figures.partner_iso3

),

grid as (

    select
        records.trade_view,
        records.cif_fob_factor,
        watched.home_iso3,
        watched.partner_iso3,
        watched.dyad_role,
        years.year_number,
        indicators.indicator,
        indicators.pillar,
        indicators.max_age_years
    from {{ ref('int_dyads__watched') }} as watched
    inner join beginnings
        on watched.home_iso3 = beginnings.home_iso3
        and watched.partner_iso3 = beginnings.partner_iso3
    inner join {{ ref('int_cooperation__years') }} as years on years.year_number >= beginnings.first_year
    cross join indicators
    cross join (select distinct trade_view, cif_fob_factor from {{ ref('cooperation_experiments') }}) as records

),

newest as (

    select
        grid.trade_view, grid.cif_fob_factor, grid.home_iso3, grid.partner_iso3, grid.dyad_role, grid.year_number,
        grid.indicator, grid.pillar, grid.max_age_years,
        max(figures.year_number) as newest_year
    from grid
    left join figures
        on grid.trade_view = figures.trade_view
        and grid.cif_fob_factor = figures.cif_fob_factor
        and grid.indicator = figures.indicator
        and grid.home_iso3 = figures.home_iso3
        and grid.partner_iso3 = figures.partner_iso3
        and figures.year_number <= grid.year_number
    group by
        grid.trade_view, grid.cif_fob_factor, grid.home_iso3, grid.partner_iso3, grid.dyad_role, grid.year_number,
        grid.indicator, grid.pillar, grid.max_age_years

),

known as (

    select
        newest.*,
        figures.value,
        case when figures.value is not null then newest.year_number - newest.newest_year end as data_age_years,
        {{ on_scale('figures.value', 'indicators.goalpost_low', 'indicators.scale') }} as scaled,
        indicators.direction,
        indicators.weight,
        indicators.pillar_weight,
        indicators.share_of_pillar,
        indicators.is_official,
        {{ goalpost_score(
            'figures.value', 'indicators.goalpost_low', 'indicators.goalpost_high', 'indicators.direction',
            'indicators.scale'
        ) }} as by_goalposts
    from newest
    inner join indicators on newest.indicator = indicators.indicator
    left join figures
        on newest.trade_view = figures.trade_view
        and newest.cif_fob_factor = figures.cif_fob_factor
        and newest.indicator = figures.indicator
        and newest.home_iso3 = figures.home_iso3
        and newest.partner_iso3 = figures.partner_iso3
        and newest.newest_year = figures.year_number
        and newest.year_number - newest.newest_year <= newest.max_age_years

),

-- The panel: all homes with the same partner, over all years for bounds, in the same year for ranks.
bounds as (

    select
        trade_view,
        cif_fob_factor,
        partner_iso3,
        indicator,
        min(direction * scaled) as worst,
        max(direction * scaled) as best,
        count(distinct case when scaled is not null then home_iso3 end) as n_homes
    from known
    group by trade_view, cif_fob_factor, partner_iso3, indicator

),

ranked as (

    select
        known.*,
        count(scaled) over (
            partition by trade_view, cif_fob_factor, partner_iso3, indicator, year_number
        ) as n_ranked,
        percent_rank() over (
            partition by trade_view, cif_fob_factor, partner_iso3, indicator, year_number, scaled is null
            order by direction * scaled
        ) as rank_share
    from known

)

select
    ranked.trade_view,
    ranked.cif_fob_factor,
    ranked.home_iso3,
    ranked.partner_iso3,
    ranked.dyad_role,
    ranked.year_number,
    ranked.indicator,
    ranked.pillar,
    ranked.weight,
    ranked.pillar_weight,
    ranked.share_of_pillar,
    ranked.is_official,
    ranked.newest_year,
    ranked.max_age_years,
    ranked.value,
    ranked.data_age_years,
    ranked.by_goalposts,
    -- With too few homes to compare with there is no panel, and the goalposts stay.
    case
        when bounds.n_homes < {{ parameter('index_panel_min') }} then ranked.by_goalposts
        when ranked.value is not null
            then {{ between_goalposts('ranked.direction * ranked.scaled', 'bounds.worst', 'bounds.best') }}
    end as by_panel_min_max,
    case
        when ranked.n_ranked < {{ parameter('index_panel_min') }} then ranked.by_goalposts
        when ranked.value is not null then ranked.rank_share
    end as by_panel_rank
from ranked
inner join bounds
    on ranked.trade_view = bounds.trade_view
    and ranked.cif_fob_factor = bounds.cif_fob_factor
    and ranked.partner_iso3 = bounds.partner_iso3
    and ranked.indicator = bounds.indicator
