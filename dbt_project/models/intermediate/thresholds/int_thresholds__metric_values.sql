-- Every number that a threshold can be set on, in one long table: one row per subject, metric, definition, basis,
-- frequency, period and view. A new rule needs no change here: it names one of these metrics in seeds/thresholds.csv.
-- Views that are nobody's report of one basis (mixed reporters, our own reconciliation) are left out.
{% set trade_metrics = [
    'exports_usd', 'imports_usd', 'balance_usd', 'total_usd', 'normalised_balance', 'coverage_ratio', 'balance_to_gdp',
    'deficit_to_reserves', 'export_share', 'import_share', 'balance_growth_yoy', 'mirror_balance_gap_usd',
    'mirror_balance_gap_symmetric'
] %}
{% set reserve_metrics = {
    'reserves_usd': 'reserves_usd', 'import_cover_months': 'import_cover_months',
    'goods_deficit_to_reserves': 'deficit_to_reserves', 'reserves_to_short_term_debt': 'reserves_to_short_term_debt',
    'reserves_to_broad_money': 'reserves_to_broad_money', 'ara_ratio': 'ara_ratio', 'ara_ratio_fixed': 'ara_ratio_fixed'
} %}
{% set ict_metrics = {
    'ict_exports_usd': 'exports_usd', 'ict_share_of_services_exports': 'share_of_services_exports',
    'ict_exports_growth_yoy': 'growth_yoy'
} %}
{% set index_metrics = {
    'cooperation_score': 'score', 'cooperation_coverage': 'coverage', 'cooperation_median_age_years': 'median_age_years'
} %}

with subjects as (

    select * from {{ ref('int_thresholds__subjects') }}

),

dyads as (

    select * from subjects where subject_kind = 'dyad'

),

homes as (

    select * from subjects where subject_kind = 'country'

),

indicators as (

    select reporter_iso3, definition, dataset, frequency, period, period_start, value
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi'

),

current_account as (

    select
        reporter_iso3, dataset, frequency, period, year(period_start) as calendar_year,
        {{ percent_of('value', '1.0') }} as fraction_of_gdp
    from indicators
    where definition = 'BN.CAB.XOKA.GD.ZS'

),

-- The mean of a year and the two before it, as in the scoreboard of the European Commission: none without all three.
current_account_3y as (

    select
        latest.reporter_iso3, latest.dataset, latest.frequency, latest.period,
        {{ complete_mean('spanned.fraction_of_gdp', 3) }} as fraction_of_gdp
    from current_account as latest
    inner join current_account as spanned
        on spanned.reporter_iso3 = latest.reporter_iso3
        and spanned.calendar_year between latest.calendar_year - 2 and latest.calendar_year
    group by latest.reporter_iso3, latest.dataset, latest.frequency, latest.period

),

metric_values as (

    {% for metric in trade_metrics %}
    select
        dyads.subject, dyads.subject_kind, '{{ metric }}' as metric, cast(null as string) as definition,
        trade.basis, trade.frequency, trade.period,
        trade.view,
        case trade.view when 'home_reported' then 1 when 'partner_reported' then 2 else 3 end as view_rank,
        trade.{{ metric }} as value, trade.null_reason,
        trade.dataset_exports as dataset, trade.dataset_imports as other_dataset
    from {{ ref('trade_balance') }} as trade
    inner join dyads on dyads.home_iso3 = trade.home_iso3 and dyads.partner_iso3 = trade.partner_iso3
    where not trade.is_mixed and trade.view <> 'reconciled'

    union all
    {% endfor %}

    select
        dyads.subject, dyads.subject_kind, 'mirror_gap', mirror.flow,
        'customs', mirror.frequency, mirror.period,
        'both_reporters', 1,
        abs(mirror.gap_symmetric),
        case when mirror.flag = 'one_sided' then 'only one side has reported' end,
        mirror.home_dataset, mirror.partner_dataset
    from {{ ref('mirror_ledger') }} as mirror
    inner join dyads on dyads.home_iso3 = mirror.home_iso3 and dyads.partner_iso3 = mirror.partner_iso3

    {% for metric, column in reserve_metrics.items() %}
    union all

    select
        homes.subject, homes.subject_kind, '{{ metric }}', reserves.definition,
        cast(null as string), reserves.frequency, reserves.period,
        'reported', reserves.view_rank,
        reserves.{{ column }},
        nullif(regexp_extract(reserves.null_reason, '{{ column }}: ([^;]*)', 1), ''),
        reserves.dataset, cast(null as string)
    from {{ ref('reserve_adequacy') }} as reserves
    inner join homes on homes.home_iso3 = reserves.country_iso3
    {% endfor %}

    {% for metric, column in ict_metrics.items() %}
    union all

    select
        homes.subject, homes.subject_kind, '{{ metric }}', ict.definition,
        cast(null as string), ict.frequency, ict.period,
        'reported', 1,
        ict.{{ column }}, cast(null as string), ict.dataset, cast(null as string)
    from {{ ref('ict_exports') }} as ict
    inner join homes on homes.home_iso3 = ict.country_iso3
    {% endfor %}

    union all

    select
        dyads.subject, dyads.subject_kind, 'students', students.definition,
        cast(null as string), students.frequency, students.period,
        'reported', 1,
        students.students, cast(null as string), students.dataset, cast(null as string)
    from {{ ref('student_mobility') }} as students
    inner join dyads on dyads.home_iso3 = students.origin_iso3 and dyads.partner_iso3 = students.host_iso3

    union all

    select
        homes.subject, homes.subject_kind, 'current_account_to_gdp', cast(null as string),
        cast(null as string), ca.frequency, ca.period,
        'reported', 1,
        ca.fraction_of_gdp, cast(null as string), ca.dataset, cast(null as string)
    from current_account as ca
    inner join homes on homes.home_iso3 = ca.reporter_iso3

    union all

    select
        homes.subject, homes.subject_kind, 'current_account_to_gdp_3y', cast(null as string),
        cast(null as string), ca.frequency, ca.period,
        'reported', 1,
        ca.fraction_of_gdp, 'one of the three years is missing', ca.dataset, cast(null as string)
    from current_account_3y as ca
    inner join homes on homes.home_iso3 = ca.reporter_iso3

    union all

    select
        dyads.subject, dyads.subject_kind, 'partner_current_account_to_gdp', cast(null as string),
        cast(null as string), ca.frequency, ca.period,
        'reported', 1,
        ca.fraction_of_gdp, cast(null as string), ca.dataset, cast(null as string)
    from current_account as ca
    inner join dyads on dyads.partner_iso3 = ca.reporter_iso3

    {% for metric, column in index_metrics.items() %}
    union all

    select
        dyads.subject, dyads.subject_kind, '{{ metric }}', cast(null as string),
        cast(null as string), 'A', cooperation.period,
        'reported', 1,
        cooperation.{{ column }}, cooperation.withheld_reason, cast(null as string), cast(null as string)
    from {{ ref('cooperation_index') }} as cooperation
    inner join dyads
        on dyads.home_iso3 = cooperation.home_iso3
        and dyads.partner_iso3 = cooperation.partner_iso3
    {% endfor %}

    union all

    -- Every World Development Indicator of the home country by its own code, in its own unit.
    select
        homes.subject, homes.subject_kind, indicators.definition, cast(null as string),
        cast(null as string), indicators.frequency, indicators.period,
        'reported', 1,
        indicators.value, cast(null as string), indicators.dataset, cast(null as string)
    from indicators
    inner join homes on homes.home_iso3 = indicators.reporter_iso3

    union all

    -- What is concentrated in which goods, at each level of products and in each of the essay's themes.
    select
        subjects.subject, subjects.subject_kind, structure.metric, structure.definition,
        'customs', structure.frequency, structure.period,
        structure.view, structure.view_rank,
        structure.value, structure.null_reason, structure.dataset, cast(null as string)
    from {{ ref('int_thresholds__structure_values') }} as structure
    inner join subjects
        on subjects.home_iso3 = structure.home_iso3
        and coalesce(subjects.partner_iso3, 'WLD') = structure.partner_iso3

)

select
    subject,
    subject_kind,
    metric,
    definition,
    basis,
    frequency,
    period,
    view,
    view_rank,
    value,
    case when value is null then null_reason end as null_reason,
    dataset,
    other_dataset
from metric_values
