-- The pair against everybody else. Trade intensity: the partner's share in home's trade over its share in the world's,
-- and the same with home's own trade taken out of the world's. Dependence: the pair's trade over home's GDP, and how much
-- more of home's trade goes with the partner than of the partner's with home (asymmetry).
with balances as (

    select * from {{ ref('trade_balance') }} where basis = 'customs' and frequency = 'A' and view = 'home_reported'

),

totals as (

    select * from {{ ref('int_trade__totals') }}
    where basis = 'customs' and frequency = 'A' and definition = 'goods_trade' and flow in ('export', 'import')
        and value_usd is not null and not is_aggregated

),

precedence as (

    select * from {{ ref('publisher_precedence') }}
    where purpose = 'trade' and view = 'own' and basis = 'customs' and frequency = 'A'

),

-- The partner's whole trade, as it reports it itself.
whole_trade as (

    select * from (
        select
            totals.reporter_iso3,
            totals.period,
            totals.flow,
            totals.value_usd,
            totals.dataset,
            row_number() over (
                partition by totals.reporter_iso3, totals.period, totals.flow order by precedence.rank
            ) as place
        from totals
        inner join precedence on totals.dataset = precedence.dataset and totals.definition = precedence.definition
        where totals.partner_iso3 = 'WLD' and totals.reporter_iso3 <> 'WLD'
    ) as ranked
    where place = 1

),

world as (

    select period, value_usd, dataset
    from totals
    where reporter_iso3 = 'WLD' and partner_iso3 = 'WLD' and flow = 'export' and dataset = 'cepii_baci.world_exports'

),

legs as (

    select
        home_iso3, partner_iso3, period, period_start, view, 'export' as flow, 'import' as partner_flow,
        exports_usd as leg_usd, export_share as leg_share, dataset_exports as dataset
    from balances

    union all

    select
        home_iso3, partner_iso3, period, period_start, view, 'import' as flow, 'export' as partner_flow,
        imports_usd as leg_usd, import_share as leg_share, dataset_imports as dataset
    from balances

),

intensities as (

    select
        legs.home_iso3,
        legs.partner_iso3,
        legs.period,
        legs.period_start,
        legs.view,
        legs.flow,
        legs.dataset,
        concat(whole_trade.dataset, ' and ', world.dataset) as reference_dataset,
        {{ relative_share('legs.leg_share', '1.0', 'whole_trade.value_usd', 'world.value_usd') }} as trade_intensity,
        {{ relative_share(
            'legs.leg_share', '1.0', 'whole_trade.value_usd - legs.leg_usd',
            'world.value_usd - legs.leg_usd / nullif(legs.leg_share, 0)'
        ) }} as trade_intensity_without_own
    from legs
    inner join whole_trade
        on legs.partner_iso3 = whole_trade.reporter_iso3
        and legs.period = whole_trade.period
        and legs.partner_flow = whole_trade.flow
    inner join world on legs.period = world.period
    where legs.leg_share is not null

),

gdp as (

    select reporter_iso3, period, value_usd as gdp_usd
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'NY.GDP.MKTP.CD'

),

dependence as (

    select
        balances.home_iso3,
        balances.partner_iso3,
        balances.period,
        balances.period_start,
        balances.view,
        balances.dataset_exports as dataset,
        {{ share('balances.total_usd', 'gdp.gdp_usd') }} as trade_dependence
    from balances
    left join gdp on balances.home_iso3 = gdp.reporter_iso3 and balances.period = gdp.period
    where balances.total_usd is not null and not balances.is_mixed

),

-- One reporter's two flows with one partner and with the world, all four from one dataset.
both_flows as (

    select
        reporter_iso3,
        partner_iso3,
        period,
        dataset,
        {{ complete_sum('value_usd', 2) }} as total_usd
    from totals
    group by reporter_iso3, partner_iso3, period, dataset

),

weights as (

    select
        pair.reporter_iso3,
        pair.partner_iso3,
        pair.period,
        pair.dataset,
        {{ share('pair.total_usd', 'all_partners.total_usd') }} as weight
    from both_flows as pair
    inner join both_flows as all_partners
        on pair.reporter_iso3 = all_partners.reporter_iso3
        and pair.period = all_partners.period
        and pair.dataset = all_partners.dataset
        and all_partners.partner_iso3 = 'WLD'
    where pair.partner_iso3 <> 'WLD'

),

asymmetries as (

    select
        balances.home_iso3,
        balances.partner_iso3,
        balances.period,
        balances.period_start,
        balances.view,
        home.dataset,
        {{ balance('home.weight', 'partner.weight') }} as dependence_asymmetry
    from balances
    inner join weights as home
        on balances.home_iso3 = home.reporter_iso3
        and balances.partner_iso3 = home.partner_iso3
        and balances.period = home.period
    inner join weights as partner
        on balances.partner_iso3 = partner.reporter_iso3
        and balances.home_iso3 = partner.partner_iso3
        and balances.period = partner.period
        and home.dataset = partner.dataset
    inner join precedence on home.dataset = precedence.dataset and precedence.rank = 1

)

{% set blocks = [
    ('intensities', 'trade_intensity', 'flow', 'reference_dataset', 'a total of the pair or the world is missing'),
    ('intensities', 'trade_intensity_without_own', 'flow', 'reference_dataset', 'a total of the pair or the world is missing'),
    ('dependence', 'trade_dependence', "'both'", "'world_bank.wdi'", 'GDP of home is not known for this year'),
    ('asymmetries', 'dependence_asymmetry', "'both'", 'dataset', 'a total of one side is missing')
] %}
{% for relation, index, flow, reference, reason in blocks %}
select
    home_iso3,
    partner_iso3,
    'bilateral' as level,
    'A' as frequency,
    period,
    period_start,
    {{ flow }} as flow,
    view,
    '{{ index }}' as index_name,
    cast(null as string) as product_level,
    cast(null as string) as product,
    {{ index }} as value,
    cast(null as int) as n_products,
    dataset,
    {{ reference }} as reference_dataset,
    case when {{ index }} is null then '{{ reason }}' end as null_reason
from {{ relation }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
