-- How concentrated a trade is over its goods, at each level of products by itself: an index over chapters is no index
-- over lines. Only tables that add up to their total have one.
with baskets as (

    select * from {{ ref('int_structure__baskets') }} where product_level <> 'lall'

),

levels as (

    select * from {{ ref('product_levels') }}

),

weighed as (

    select
        lines.basket_id,
        lines.product,
        lines.value_usd,
        lines.share,
        levels.n_codes,
        -- UNCTAD's index leaves small products out, and is defined over groups of SITC Rev.3.
        case
            when baskets.product_level = 'sitc_group' and (
                lines.value_usd >= {{ parameter('concentration_min_value_usd') }}
                or lines.share >= {{ parameter('concentration_min_share') }}
            ) then lines.value_usd
        end as counted_usd,
        row_number() over (partition by lines.basket_id order by lines.value_usd desc, lines.product) as place
    from {{ ref('int_structure__basket_lines') }} as lines
    inner join baskets on lines.basket_id = baskets.basket_id
    left join levels
        on baskets.product_level = levels.product_level
        and (levels.edition is null or levels.edition = baskets.edition)

),

indices as (

    select
        basket_id,
        {{ hhi('value_usd') }} as hhi,
        {{ theil('value_usd', 'max(n_codes)') }} as theil,
        {{ theil('value_usd', 'nullif(count(case when value_usd > 0 then 1 end), 0)') }} as theil_within,
        {{ theil_between('max(n_codes)', 'count(case when value_usd > 0 then 1 end)') }} as theil_between,
        {{ unctad_concentration(hhi('counted_usd'), 'nullif(count(counted_usd), 0)') }} as unctad_concentration,
        max(share) as top_share,
        max(case when place = 1 then product end) as top_product,
        count(case when value_usd > 0 then 1 end) as n_products,
        max(n_codes) as n_codes
    from weighed
    group by basket_id

)

select
    baskets.home_iso3,
    baskets.partner_iso3,
    baskets.level,
    baskets.reporter_iso3,
    baskets.frequency,
    baskets.period,
    baskets.period_start,
    baskets.flow,
    baskets.view,
    baskets.product_level,
    baskets.edition as hs_edition,
    indices.hhi,
    {{ hhi_normalised('indices.hhi', 'nullif(indices.n_products, 0)') }} as hhi_normalised,
    indices.unctad_concentration,
    indices.theil,
    indices.theil_between,
    indices.theil_within,
    indices.top_share,
    indices.top_product,
    cast(indices.n_products as int) as n_products,
    cast(indices.n_codes as int) as n_codes,
    baskets.basket_usd as value_usd,
    baskets.coverage_share,
    baskets.publisher,
    baskets.dataset,
    baskets.is_provisional,
    baskets.is_estimated,
    case
        when not baskets.is_whole then baskets.null_reason
        when indices.hhi is null then 'nothing was traded'
        when indices.n_codes is null then 'the number of lines of this edition is not known'
    end as null_reason
from baskets
left join indices on baskets.basket_id = indices.basket_id
