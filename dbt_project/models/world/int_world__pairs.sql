-- What all lines of one exporter to one importer in one year add up to, and how concentrated they are. BACI's unit,
-- thousand dollars, is kept below the macros: squares of dollars would not fit into their decimals.
select
    year,
    exporter_code,
    importer_code,
    1000 * cast(sum(value_kusd) as double) as value_usd,
    {{ hhi('value_kusd') }} as hhi,
    {{ theil('value_kusd', '(select n_codes from ' ~ ref('int_world__edition') ~ ')') }} as theil,
    {{ theil('value_kusd', 'nullif(count(case when value_kusd > 0 then 1 end), 0)') }} as theil_within,
    {{ share('1000 * cast(max(value_kusd) as double)', '1000 * cast(sum(value_kusd) as double)') }} as top_share,
    -- Of several largest lines the one with the lowest code: the greatest of value x 10^9 - code.
    cast(
        999999 - max(cast(value_kusd * 1000 as bigint) * 1000000 + 999999 - product_code) % 1000000 as int
    ) as top_product_code,
    cast(count(case when value_kusd > 0 then 1 end) as int) as n_products,
    cast(count(*) as int) as n_lines
from {{ ref('stg_baci__lines') }}
group by year, exporter_code, importer_code
