-- What each indicator adds to the score: the contributions of a pair and year sum to its score. A pillar has its share
-- above the floor of the geometric mean, an indicator its share of the pillar's arithmetic mean.
with scored as (

    select home_iso3, partner_iso3, year_number, score, known_pillar_weight
    from {{ ref('int_cooperation__graded') }}
    where score is not null

),

pillars as (

    select
        pillars.home_iso3,
        pillars.partner_iso3,
        pillars.dyad_role,
        pillars.year_number,
        pillars.pillar,
        pillars.pillar_score,
        scored.score,
        {{ geometric_contribution(
            'scored.score', 'pillars.pillar_score', 'pillars.pillar_weight / scored.known_pillar_weight',
            parameter('index_floor')
        ) }} as pillar_contribution
    from {{ ref('int_cooperation__pillars') }} as pillars
    inner join scored
        on pillars.home_iso3 = scored.home_iso3
        and pillars.partner_iso3 = scored.partner_iso3
        and pillars.year_number = scored.year_number
    where pillars.experiment = 'base' and pillars.pillar_score is not null

),

known as (

    select
        scores.home_iso3,
        scores.partner_iso3,
        scores.year_number,
        scores.pillar,
        scores.indicator,
        scores.share_of_pillar * scores.by_goalposts as part,
        scores.share_of_pillar as weight
    from {{ ref('int_cooperation__scores') }} as scores
    inner join {{ ref('cooperation_experiments') }} as experiments
        on scores.trade_view = experiments.trade_view
        and scores.cif_fob_factor = experiments.cif_fob_factor
        and experiments.kind = 'base'
    where scores.weight > 0 and scores.by_goalposts is not null

),

shared as (

    select
        known.*,
        {{ exact_sum('known.part', 'over (partition by home_iso3, partner_iso3, year_number, pillar)') }} as all_parts,
        {{ exact_sum('known.weight', 'over (partition by home_iso3, partner_iso3, year_number, pillar)') }}
            as all_weights
    from known

)

select
    pillars.home_iso3,
    pillars.partner_iso3,
    pillars.dyad_role,
    cast(pillars.year_number as string) as period,
    make_date(pillars.year_number, 1, 1) as period_start,
    shared.indicator,
    pillars.pillar,
    -- All indicators of a pillar at zero: the pillar stands on the floor, and they have equal parts in it.
    pillars.pillar_contribution
        * coalesce(shared.part / nullif(shared.all_parts, 0), shared.weight / shared.all_weights) as contribution,
    pillars.pillar_contribution,
    pillars.pillar_score,
    pillars.score
from pillars
inner join shared
    on pillars.home_iso3 = shared.home_iso3
    and pillars.partner_iso3 = shared.partner_iso3
    and pillars.year_number = shared.year_number
    and pillars.pillar = shared.pillar
