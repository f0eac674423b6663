-- Indices of the structure of trade, one long table: comparative advantage, complementarity, intra-industry trade,
-- margins, intensity, dependence, technology, terms of trade. What each means, its unit and its reference stand in
-- `definitions`.
with indices as (

    {% for model in [
        'int_indices__advantage', 'int_indices__matching', 'int_indices__intra_industry', 'int_indices__margins',
        'int_indices__growth', 'int_indices__technology', 'int_indices__dependence', 'int_indices__terms_of_trade'
    ] %}
    select * from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    indices.home_iso3,
    indices.partner_iso3,
    indices.level,
    indices.frequency,
    indices.period,
    indices.period_start,
    indices.flow,
    indices.view,
    indices.index_name,
    indices.product_level,
    indices.product,
    product_groups.group_label as product_label,
    indices.value,
    definitions.unit,
    indices.n_products,
    indices.dataset,
    indices.reference_dataset,
    coalesce(indices.dataset <> indices.reference_dataset, false) as is_mixed_sources,
    case when indices.value is null then indices.null_reason end as null_reason
from indices
left join {{ ref('metric_definitions') }} as definitions on indices.index_name = definitions.metric
left join {{ ref('product_groups') }} as product_groups
    on indices.product = product_groups.group_code
    and product_groups.grouping = case indices.product_level when 'hs2' then 'hs_chapter' else indices.product_level end
