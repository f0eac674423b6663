-- How the score would be if it were computed in another way: one row for each change of one choice, the spread of the
-- runs in which all choices change together, and how much of that spread each choice explains by itself.
with base as (

    select home_iso3, partner_iso3, dyad_role, year_number, score, n_known
    from {{ ref('int_cooperation__graded') }}
    where score is not null

),

pillars as (

    select * from {{ ref('int_cooperation__pillars') }}

),

experiments as (

    select
        experiment,
        kind,
        home_iso3,
        partner_iso3,
        year_number,
        sum(n_known) as n_known,
        -- Without a pillar the score is that of all others, whichever are known.
        case
            when across_pillars = 'arithmetic'
                then {{ mean_if_observed('pillar_score', 'pillar_weight', parameter('index_min_pillars')) }}
            when kind = 'drop_pillar'
                then {{ geometric_mean_if_observed('pillar_score', 'pillar_weight', '0', parameter('index_floor')) }}
            else {{ geometric_mean_if_observed(
                'pillar_score', 'pillar_weight', parameter('index_min_pillars'), parameter('index_floor')
            ) }}
        end as score
    from pillars
    group by experiment, kind, across_pillars, home_iso3, partner_iso3, year_number

),

changed as (

    select
        experiments.experiment,
        experiments.kind,
        experiments.home_iso3,
        experiments.partner_iso3,
        experiments.year_number,
        -- Another record of trade that knows less than the score rests on would compare different things.
        case
            when experiments.kind <> 'trade_record' or experiments.n_known >= base.n_known then experiments.score
        end as score,
        cast(null as double) as variance_share,
        case
            when experiments.kind = 'trade_record' and experiments.n_known < base.n_known
                then 'this record of trade does not know all that the score rests on'
            when experiments.score is null then 'fewer than three pillars would have enough figures'
        end as null_reason
    from experiments
    inner join base
        on experiments.home_iso3 = base.home_iso3
        and experiments.partner_iso3 = base.partner_iso3
        and experiments.year_number = base.year_number

),

runs as (

    select * from {{ ref('int_cooperation__runs') }} where score is not null

),

means as (

    select
        runs.home_iso3,
        runs.partner_iso3,
        runs.year_number,
        runs.score,
        {{ exact_mean('score', 'over (partition by home_iso3, partner_iso3, year_number, normalisation)') }}
            as mean_by_normalisation,
        {{ exact_mean('score', 'over (partition by home_iso3, partner_iso3, year_number, aggregation)') }}
            as mean_by_aggregation,
        {{ exact_mean('score', 'over (partition by home_iso3, partner_iso3, year_number, trade_record)') }}
            as mean_by_trade_record
    from runs

),

spread as (

    select
        home_iso3,
        partner_iso3,
        year_number,
        percentile_cont(0.05) within group (order by score) as p05,
        percentile_cont(0.5) within group (order by score) as p50,
        percentile_cont(0.95) within group (order by score) as p95,
        {{ first_order_share('mean_by_normalisation', 'score') }} as by_normalisation,
        {{ first_order_share('mean_by_aggregation', 'score') }} as by_aggregation,
        {{ first_order_share('mean_by_trade_record', 'score') }} as by_trade_record
    from means
    group by home_iso3, partner_iso3, year_number

),

spread_rows as (

    {% for percentile in ['p05', 'p50', 'p95'] %}
    select
        'runs_{{ percentile }}' as experiment, 'runs' as kind, home_iso3, partner_iso3, year_number,
        {{ percentile }} as score, cast(null as double) as variance_share, cast(null as string) as null_reason
    from spread
    union all
    {% endfor %}
    {% for choice in ['normalisation', 'aggregation', 'trade_record'] %}
    select
        'choice_of_{{ choice }}', 'first_order', home_iso3, partner_iso3, year_number,
        cast(null as double), by_{{ choice }}, 'a share of the variance of the runs and no score'
    from spread
    union all
    {% endfor %}
    select
        'choice_of_weights_and_all_together', 'first_order', home_iso3, partner_iso3, year_number,
        cast(null as double), 1 - by_normalisation - by_aggregation - by_trade_record,
        'a share of the variance of the runs and no score'
    from spread

),

everything as (

    select experiment, kind, home_iso3, partner_iso3, year_number, score, variance_share, null_reason from changed
    union all
    select experiment, kind, home_iso3, partner_iso3, year_number, score, variance_share, null_reason from spread_rows

)

select
    everything.home_iso3,
    everything.partner_iso3,
    base.dyad_role,
    cast(everything.year_number as string) as period,
    make_date(everything.year_number, 1, 1) as period_start,
    everything.experiment,
    everything.kind,
    everything.score,
    everything.score - base.score as shift,
    everything.variance_share,
    everything.null_reason
from everything
inner join base
    on everything.home_iso3 = base.home_iso3
    and everything.partner_iso3 = base.partner_iso3
    and everything.year_number = base.year_number
