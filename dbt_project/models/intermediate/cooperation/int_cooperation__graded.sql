-- The index of every pair and year with what it rests on, and the grade that this gives it. A number that has no grade is
-- withheld.
with pillars as (

    select * from {{ ref('int_cooperation__pillars') }} where experiment = 'base'

),

computed as (

    select
        home_iso3,
        partner_iso3,
        max(dyad_role) as dyad_role,
        year_number,
        max(case when pillar = 'trade' then pillar_score end) as trade_score,
        max(case when pillar = 'technology' then pillar_score end) as technology_score,
        max(case when pillar = 'education' then pillar_score end) as education_score,
        max(case when pillar = 'culture_regional' then pillar_score end) as culture_regional_score,
        cast(count(pillar_score) as int) as n_pillars,
        cast(count(*) as int) as n_all_pillars,
        cast(sum(n_known) as int) as n_known,
        {{ exact_sum('pillar_weight * known_share') }} / {{ exact_sum('pillar_weight') }} as coverage,
        {{ exact_sum('pillar_weight * carried_share') }} / {{ exact_sum('pillar_weight') }} as carried_share,
        {{ exact_sum('case when pillar_score is not null then pillar_weight end') }} as known_pillar_weight,
        {{ geometric_mean_if_observed(
            'pillar_score', 'pillar_weight', parameter('index_min_pillars'), parameter('index_floor')
        ) }} as index_score,
        {{ mean_if_observed('pillar_score', 'pillar_weight', parameter('index_min_pillars')) }} as arithmetic_score
    from pillars
    group by home_iso3, partner_iso3, year_number

),

basis as (

    select
        home_iso3,
        partner_iso3,
        year_number,
        percentile_cont(0.5) within group (order by data_age_years) as median_age_years,
        {{ exact_sum('case when is_official then pillar_weight * share_of_pillar else 0 end') }}
            / {{ exact_sum('pillar_weight * share_of_pillar') }} as official_share
    from {{ ref('int_cooperation__scores') }} as scores
    inner join {{ ref('cooperation_experiments') }} as experiments
        on scores.trade_view = experiments.trade_view
        and scores.cif_fob_factor = experiments.cif_fob_factor
        and experiments.kind = 'base'
    where scores.weight > 0 and scores.value is not null
    group by home_iso3, partner_iso3, year_number

),

-- The best grade whose conditions are all met.
grades as (

    select
        computed.home_iso3,
        computed.partner_iso3,
        computed.year_number,
        min(grades.grade_rank) as grade_rank
    from computed
    inner join basis
        on computed.home_iso3 = basis.home_iso3
        and computed.partner_iso3 = basis.partner_iso3
        and computed.year_number = basis.year_number
    inner join {{ ref('cooperation_grades') }} as grades
        on computed.coverage >= grades.min_coverage
        and (grades.max_median_age_years is null or basis.median_age_years <= grades.max_median_age_years)
        and (grades.min_official_share is null or basis.official_share >= grades.min_official_share)
    where computed.index_score is not null
    group by computed.home_iso3, computed.partner_iso3, computed.year_number

)

select
    computed.*,
    basis.median_age_years,
    basis.official_share,
    coalesce(named.grade, 'withheld') as grade,
    case when named.grade is not null then computed.index_score end as score
from computed
left join basis
    on computed.home_iso3 = basis.home_iso3
    and computed.partner_iso3 = basis.partner_iso3
    and computed.year_number = basis.year_number
left join grades
    on computed.home_iso3 = grades.home_iso3
    and computed.partner_iso3 = grades.partner_iso3
    and computed.year_number = grades.year_number
left join {{ ref('cooperation_grades') }} as named on grades.grade_rank = named.grade_rank
