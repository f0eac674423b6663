-- Depth and evenness of the cooperation of every watched pair, 0 to 1, never without how far it can be trusted; or
-- withheld, with the reason in a sentence.
with graded as (

    select * from {{ ref('int_cooperation__graded') }}

),

runs as (

    select * from {{ ref('int_cooperation__runs') }}

),

spread as (

    select
        home_iso3,
        partner_iso3,
        year_number,
        percentile_cont(0.05) within group (order by score) as run_p05,
        percentile_cont(0.5) within group (order by score) as run_median,
        percentile_cont(0.95) within group (order by score) as run_p95,
        count(score) as n_runs
    from runs
    group by home_iso3, partner_iso3, year_number

),

-- The same run in two years: same weights, same methods.
moves as (

    select
        latest.home_iso3,
        latest.partner_iso3,
        latest.year_number,
        sum(case
            when sign(latest.score - before.score) = sign(now.score - earlier.score) then 1 else 0
        end) / cast(count(*) as double) as direction_agreement
    from runs as latest
    inner join runs as before
        on latest.run = before.run
        and latest.home_iso3 = before.home_iso3
        and latest.partner_iso3 = before.partner_iso3
        and latest.year_number = before.year_number + 1
    inner join graded as now
        on latest.home_iso3 = now.home_iso3
        and latest.partner_iso3 = now.partner_iso3
        and latest.year_number = now.year_number
    inner join graded as earlier
        on before.home_iso3 = earlier.home_iso3
        and before.partner_iso3 = earlier.partner_iso3
        and before.year_number = earlier.year_number
    where latest.score is not null and before.score is not null
    group by latest.home_iso3, latest.partner_iso3, latest.year_number

),

-- Whether two years rest on the same indicators: where they do not, the score also moves because others came or went.
known as (

    select scores.home_iso3, scores.partner_iso3, scores.year_number, scores.indicator
    from {{ ref('int_cooperation__scores') }} as scores
    inner join {{ ref('cooperation_experiments') }} as experiments
        on scores.trade_view = experiments.trade_view
        and scores.cif_fob_factor = experiments.cif_fob_factor
        and experiments.kind = 'base'
    where scores.weight > 0 and scores.value is not null

),

in_both_years as (

    select latest.home_iso3, latest.partner_iso3, latest.year_number, count(*) as n_in_both
    from known as latest
    inner join known as before
        on latest.home_iso3 = before.home_iso3
        and latest.partner_iso3 = before.partner_iso3
        and latest.indicator = before.indicator
        and latest.year_number = before.year_number + 1
    group by latest.home_iso3, latest.partner_iso3, latest.year_number

),

comparisons as (

    select
        now.home_iso3,
        now.partner_iso3,
        now.year_number,
        in_both_years.n_in_both = now.n_known and in_both_years.n_in_both = earlier.n_known as is_comparable
    from graded as now
    inner join graded as earlier
        on now.home_iso3 = earlier.home_iso3
        and now.partner_iso3 = earlier.partner_iso3
        and now.year_number = earlier.year_number + 1
    inner join in_both_years
        on now.home_iso3 = in_both_years.home_iso3
        and now.partner_iso3 = in_both_years.partner_iso3
        and now.year_number = in_both_years.year_number
    where now.score is not null and earlier.score is not null

),

worded as (

    select
        graded.*,
        nullif(concat_ws(', ',
            case when trade_score is null then 'trade' end,
            case when technology_score is null then 'technology' end,
            case when education_score is null then 'education' end,
            case when culture_regional_score is null then 'culture and regional ties' end
        ), '') as missing_pillars
    from graded

)

select
    worded.home_iso3,
    worded.partner_iso3,
    worded.dyad_role,
    cast(worded.year_number as string) as period,
    make_date(worded.year_number, 1, 1) as period_start,
    worded.score,
    -- Other ways of computing may all lie on one side; an interval that leaves its own score out would help nobody.
    case when worded.score is not null then least(worded.score, spread.run_p05) end as low,
    case when worded.score is not null then greatest(worded.score, spread.run_p95) end as high,
    spread.run_median as median_of_runs,
    spread.n_runs / {{ parameter('index_runs') }} as runs_share,
    moves.direction_agreement,
    coalesce(comparisons.is_comparable, false) as is_comparable_with_year_before,
    worded.coverage,
    worded.carried_share,
    cast(worded.median_age_years as double) as median_age_years,
    worded.official_share,
    worded.grade,
    case
        when worded.score is not null then null
        when worded.index_score is null then concat(
            'Only ', cast(worded.n_pillars as string), ' of ', cast(worded.n_all_pillars as string),
            ' pillars have enough figures that are recent (missing: ', worded.missing_pillars,
            '); three are needed for a number.'
        )
        else concat(
            'Figures that are recent enough are known for ', cast(cast(floor(100 * worded.coverage) as int) as string),
            ' percent of the weight (missing: ', coalesce(worded.missing_pillars, 'single indicators'),
            ' and others); two thirds are needed for a number.'
        )
    end as withheld_reason,
    worded.n_pillars,
    worded.missing_pillars,
    worded.trade_score,
    worded.technology_score,
    worded.education_score,
    worded.culture_regional_score,
    case when worded.score is not null then worded.arithmetic_score - worded.score end as unevenness_penalty
from worded
left join spread
    on worded.home_iso3 = spread.home_iso3
    and worded.partner_iso3 = spread.partner_iso3
    and worded.year_number = spread.year_number
left join moves
    on worded.home_iso3 = moves.home_iso3
    and worded.partner_iso3 = moves.partner_iso3
    and worded.year_number = moves.year_number
left join comparisons
    on worded.home_iso3 = comparisons.home_iso3
    and worded.partner_iso3 = comparisons.partner_iso3
    and worded.year_number = comparisons.year_number
