-- The index of every pair and year that has one, computed a thousand times with everything that is a choice chosen anew:
-- weights drawn at random, and normalising, aggregating and the trade record in turn, so that runs fill each evenly.
-- A run whose trade record knows less than the index does gives nothing: it would compare different things.
with methods as (

    select * from {{ ref('cooperation_experiments') }}

),

normalisations as (

    select
        normalisation,
        row_number() over (order by case kind when 'base' then 0 else 1 end, experiment) - 1 as level,
        count(*) over () as n_levels
    from methods
    where kind in ('base', 'normalisation')

),

aggregations as (

    select
        experiment as aggregation,
        within_pillar,
        across_pillars,
        row_number() over (order by case kind when 'base' then 0 else 1 end, experiment) - 1 as level,
        count(*) over () as n_levels
    from methods
    where kind in ('base', 'aggregation')

),

trade_records as (

    select
        experiment as trade_record,
        trade_view,
        cif_fob_factor,
        row_number() over (order by case kind when 'base' then 0 else 1 end, experiment) - 1 as level,
        count(*) over () as n_levels
    from methods
    where kind in ('base', 'trade_record')

),

draws as (

    select * from {{ ref('stg_store__weight_draws') }}

),

runs as (

    select
        drawn.run,
        normalisations.normalisation,
        aggregations.aggregation,
        aggregations.within_pillar,
        aggregations.across_pillars,
        trade_records.trade_record,
        trade_records.trade_view,
        trade_records.cif_fob_factor
    from (select distinct run from draws) as drawn
    inner join normalisations on normalisations.level = drawn.run % normalisations.n_levels
    inner join aggregations
        on aggregations.level = floor(drawn.run / normalisations.n_levels) % aggregations.n_levels
    inner join trade_records
        on trade_records.level
            = floor(drawn.run / (normalisations.n_levels * aggregations.n_levels)) % trade_records.n_levels

),

graded as (

    select home_iso3, partner_iso3, year_number, n_known
    from {{ ref('int_cooperation__graded') }}
    where score is not null

),

-- Only what has a score, and only records that know as much.
scores as (

    select
        scores.*,
        graded.n_known,
        count(scores.value) over (
            partition by scores.trade_view, scores.cif_fob_factor, scores.home_iso3, scores.partner_iso3,
                scores.year_number
        ) as n_known_here
    from {{ ref('int_cooperation__scores') }} as scores
    inner join graded
        on scores.home_iso3 = graded.home_iso3
        and scores.partner_iso3 = graded.partner_iso3
        and scores.year_number = graded.year_number
    where scores.weight > 0

),

members as (

    select
        runs.run,
        runs.normalisation,
        runs.aggregation,
        runs.within_pillar,
        runs.across_pillars,
        runs.trade_record,
        scores.home_iso3,
        scores.partner_iso3,
        scores.year_number,
        scores.pillar,
        scores.pillar_weight,
        scores.share_of_pillar,
        draws.weight as drawn_weight,
        case runs.normalisation
            when 'panel_min_max' then scores.by_panel_min_max
            when 'panel_rank' then scores.by_panel_rank
            else scores.by_goalposts
        end as normalised
    from runs
    inner join scores
        on runs.trade_view = scores.trade_view
        and runs.cif_fob_factor = scores.cif_fob_factor
        and scores.n_known_here >= scores.n_known
    inner join draws
        on draws.run = runs.run
        and draws.level = 'indicator'
        and draws.target = scores.indicator

),

pillars as (

    select
        run,
        normalisation,
        aggregation,
        across_pillars,
        trade_record,
        home_iso3,
        partner_iso3,
        year_number,
        pillar,
        max(pillar_weight) as pillar_weight,
        case
            when within_pillar = 'geometric' then {{ geometric_mean_if_observed(
                'normalised', 'drawn_weight', parameter('index_min_pillar_weight'), parameter('index_floor'),
                'share_of_pillar'
            ) }}
            else {{ mean_if_observed(
                'normalised', 'drawn_weight', parameter('index_min_pillar_weight'), 'share_of_pillar'
            ) }}
        end as pillar_score
    from members
    group by
        run, normalisation, aggregation, within_pillar, across_pillars, trade_record, home_iso3, partner_iso3,
        year_number, pillar

)

select
    pillars.run,
    pillars.normalisation,
    pillars.aggregation,
    pillars.trade_record,
    pillars.home_iso3,
    pillars.partner_iso3,
    pillars.year_number,
    case
        when pillars.across_pillars = 'arithmetic' then {{ mean_if_observed(
            'pillars.pillar_score', 'draws.weight', parameter('index_min_pillars'), 'pillars.pillar_weight'
        ) }}
        else {{ geometric_mean_if_observed(
            'pillars.pillar_score', 'draws.weight', parameter('index_min_pillars'), parameter('index_floor'),
            'pillars.pillar_weight'
        ) }}
    end as score
from pillars
inner join draws
    on draws.run = pillars.run
    and draws.level = 'pillar'
    and draws.target = pillars.pillar
group by
    pillars.run, pillars.normalisation, pillars.aggregation, pillars.across_pillars, pillars.trade_record,
    pillars.home_iso3, pillars.partner_iso3, pillars.year_number
