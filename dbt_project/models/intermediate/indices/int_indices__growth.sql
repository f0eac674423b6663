-- Where a year's growth came from: products traded in both years, new ones, and ones given up; the three add up to the
-- change. Both years come from one dataset and, line by line, from one edition of the HS: a new edition would look like
-- thousands of new products.
with baskets as (

    select
        baskets.*,
        year(period_start) as year_number
    from {{ ref('int_structure__baskets') }} as baskets
    where is_whole and frequency = 'A' and product_level in ('hs2', 'hs6', 'sitc_group')

),

lines as (

    select * from {{ ref('int_structure__basket_lines') }}

),

pairs as (

    select
        latest.*,
        before.basket_id as before_basket_id,
        before.dataset as before_dataset,
        coalesce(latest.product_level <> 'hs6' or latest.edition = before.edition, false) as is_comparable
    from baskets as latest
    inner join baskets as before
        on latest.home_iso3 = before.home_iso3
        and latest.partner_iso3 = before.partner_iso3
        and latest.view = before.view
        and latest.flow = before.flow
        and latest.product_level = before.product_level
        and latest.dataset = before.dataset
        and latest.year_number = before.year_number + 1

),

products as (

    select basket_id, product, {{ exact_sum('before_usd') }} as before_usd, {{ exact_sum('after_usd') }} as after_usd
    from (
        select pairs.basket_id, lines.product, lines.value_usd as after_usd, cast(null as double) as before_usd
        from pairs
        inner join lines on pairs.basket_id = lines.basket_id

        union all

        select pairs.basket_id, lines.product, cast(null as double) as after_usd, lines.value_usd as before_usd
        from pairs
        inner join lines on pairs.before_basket_id = lines.basket_id
    ) as both_years
    group by basket_id, product

),

margins as (

    select
        basket_id,
        {{ growth_of_continuing('before_usd', 'after_usd') }} as growth_of_continuing,
        {{ growth_of_entry('before_usd', 'after_usd') }} as growth_of_entry,
        {{ growth_of_exit('before_usd', 'after_usd') }} as growth_of_exit,
        count(*) as n_products
    from products
    group by basket_id

)

{% for index in ['growth_of_continuing', 'growth_of_entry', 'growth_of_exit'] %}
select
    pairs.home_iso3,
    pairs.partner_iso3,
    pairs.level,
    pairs.frequency,
    pairs.period,
    pairs.period_start,
    pairs.flow,
    pairs.view,
    '{{ index }}' as index_name,
    pairs.product_level,
    cast(null as string) as product,
    case when pairs.is_comparable then margins.{{ index }} end as value,
    cast(margins.n_products as int) as n_products,
    pairs.dataset,
    pairs.before_dataset as reference_dataset,
    case when not pairs.is_comparable then 'the edition of the HS changed between the two years' end as null_reason
from pairs
inner join margins on pairs.basket_id = margins.basket_id
{% if not loop.last %}union all{% endif %}
{% endfor %}
