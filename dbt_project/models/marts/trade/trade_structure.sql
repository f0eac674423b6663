-- What is traded: the trade of a country with the world, and of a watched pair in both countries' books, by group of
-- goods. A share exists only where the lines of a table add up to its total; what is only known more coarsely, or of the
-- pair's total alone, is NULL with its reason.
with answers as (

    select * from {{ ref('int_structure__answers') }} where place = 1

),

seen as (

    select distinct home_iso3, partner_iso3, view, flow, frequency, period from answers

),

-- Pairs of which a year's total is known and nothing by product: the themes are asked for, and there is no answer.
totals_alone as (

    select flows.*
    from {{ ref('trade_flows') }} as flows
    left join seen
        on flows.home_iso3 = seen.home_iso3
        and flows.partner_iso3 = seen.partner_iso3
        and flows.view = seen.view
        and flows.flow = seen.flow
        and flows.frequency = seen.frequency
        and flows.period = seen.period
    where
        flows.dyad_role = 'focus'
        and flows.basis = 'customs'
        and flows.frequency = 'A'
        and flows.view in ('home_reported', 'partner_reported')
        and seen.period is null

),

unanswered as (

    select
        totals_alone.*,
        product_groups.grouping,
        product_groups.group_code,
        product_groups.group_label
    from totals_alone
    cross join {{ ref('product_groups') }} as product_groups
    where product_groups.grouping = 'article_theme'

)

select
    home_iso3,
    partner_iso3,
    level,
    reporter_iso3,
    frequency,
    period,
    period_start,
    flow,
    view,
    grouping,
    group_code,
    group_label,
    value_usd,
    share,
    case when share is null then null when has_printed_shares then 'printed' else 'computed' end as share_basis,
    share_of,
    total_usd,
    coverage_share,
    cast(coalesce(n_group_lines, 0) as int) as n_lines,
    product_level,
    edition as hs_edition,
    unclassified_share,
    coalesce(unclassified_share > {{ parameter('structure_unclassified_max') }}, false) as low_confidence,
    valuation,
    publisher,
    dataset,
    is_provisional,
    is_estimated,
    why_null as null_reason
from answers

union all

select
    home_iso3,
    partner_iso3,
    'bilateral' as level,
    case view when 'home_reported' then home_iso3 else partner_iso3 end as reporter_iso3,
    frequency,
    period,
    period_start,
    flow,
    view,
    grouping,
    group_code,
    group_label,
    cast(null as double) as value_usd,
    cast(null as double) as share,
    cast(null as string) as share_basis,
    'all goods' as share_of,
    value_usd as total_usd,
    cast(null as double) as coverage_share,
    0 as n_lines,
    cast(null as string) as product_level,
    cast(null as string) as hs_edition,
    cast(null as double) as unclassified_share,
    false as low_confidence,
    valuation,
    publisher,
    dataset,
    is_provisional,
    is_estimated,
    'only the total of this pair is known: look for the group at level world, or refresh live' as null_reason
from unanswered
