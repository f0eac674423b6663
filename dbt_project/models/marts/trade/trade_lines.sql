-- Single tariff lines of a watched pair as a national statistical office prints them, beside the same line with the
-- world. A sample: a line that is not here was not read, so lines are never added up and never shares of all exports;
-- the partner's part of one line is a fact about that line.
with figures as (

    select * from {{ ref('observations') }} where dataset = 'pakistan_bureau_of_statistics.exports_by_commodity'

),

dyads as (

    select * from {{ ref('int_dyads__watched') }}

),

themes as (

    select code, min(theme) as theme from {{ ref('article_themes') }} where code_kind = 'hs' group by code

),

line_themes as (

    select products.product, min(themes.theme) as theme
    from (select distinct product from figures) as products
    inner join themes on substr(products.product, 1, length(themes.code)) = themes.code
    group by products.product

),

pair as (

    select figures.*
    from figures
    inner join dyads on figures.reporter_iso3 = dyads.home_iso3 and figures.partner_iso3 = dyads.partner_iso3
    where figures.definition = 'goods_trade'

)

select
    pair.reporter_iso3 as home_iso3,
    pair.partner_iso3,
    pair.frequency,
    pair.period,
    pair.period_start,
    pair.flow,
    pair.product as line_code,
    pair.note as line_label,
    substr(pair.product, 1, 2) as hs_chapter,
    line_themes.theme,
    pair.value,
    pair.unit,
    pair.value_usd,
    quantity.value as quantity,
    quantity.unit as quantity_unit,
    world.value_usd as world_usd,
    {{ share('pair.value', 'world.value') }} as partner_share,
    true as is_sample,
    pair.is_provisional,
    pair.publisher,
    pair.dataset,
    pair.citation,
    case when world.value is null then 'the same line with the world was not read' end as null_reason
from pair
left join figures as world
    on world.definition = 'goods_trade'
    and world.partner_iso3 = 'WLD'
    and pair.reporter_iso3 = world.reporter_iso3
    and pair.product = world.product
    and pair.flow = world.flow
    and pair.frequency = world.frequency
    and pair.period = world.period
    and pair.unit = world.unit
left join figures as quantity
    on quantity.definition = 'goods_quantity'
    and pair.partner_iso3 = quantity.partner_iso3
    and pair.reporter_iso3 = quantity.reporter_iso3
    and pair.product = quantity.product
    and pair.flow = quantity.flow
    and pair.frequency = quantity.frequency
    and pair.period = quantity.period
left join line_themes on pair.product = line_themes.product
