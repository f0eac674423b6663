-- What all lines of one exporter to one importer in one year add up to, and how concentrated they are.
{%- set n_active = 'nullif(count(case when lines.value_usd > 0 then 1 end), 0)' %}
with lines as (

    select * from {{ ref('stg_baci__lines') }}

),

edition as (

    select n_codes
    from {{ ref('product_levels') }}
    where product_level = 'hs6' and edition = '{{ var("baci_edition") }}'

),

summed as (

    select
        pair_id,
        sum(lines.value_usd) as value_usd,
        {{ hhi('lines.value_usd', is_whole=true) }} as hhi,
        {{ theil('lines.value_usd', '(select n_codes from edition)', is_whole=true) }} as theil,
        {{ theil('lines.value_usd', n_active, is_whole=true) }} as theil_within,
        {{ share('max(lines.value_usd)', 'sum(lines.value_usd)') }} as top_share,
        -- Of several largest lines the one with the lowest code: the greatest of value x 10^6 - code.
        999999 - max(cast(lines.value_usd as bigint) * 1000000 + 999999 - product_code) % 1000000 as top_product_code,
        cast(count(case when lines.value_usd > 0 then 1 end) as int) as n_products,
        cast(count(*) as int) as n_lines
    from lines
    group by pair_id

)

select
    pair_id,
    cast(pair_id // 1048576 as smallint) as year,
    cast(pair_id // 1024 % 1024 as smallint) as exporter_code,
    cast(pair_id % 1024 as smallint) as importer_code,
    value_usd,
    hhi,
    {{ hhi_normalised('hhi', 'nullif(n_products, 0)') }} as hhi_normalised,
    theil,
    {{ theil_between('n_codes', 'n_products') }} as theil_between,
    theil_within,
    top_share,
    cast(top_product_code as int) as top_product_code,
    n_products,
    n_codes,
    n_lines
from summed
cross join edition
