{{ config(schema='marts', materialized='view') }}
-- How concentrated the six-digit lines of every pair of countries are, once as home's exports and once as its imports. A
-- view, as trade_structure is.
{%- set told = {} -%}
{%- for name in ['int_world__pairs', 'stg_baci__countries'] -%}
    {%- do told.update({name: ref(name).include(database=false)}) -%}
{%- endfor %}
with pairs as (

    select
        pairs.*,
        exporters.iso3 as exporter_iso3,
        importers.iso3 as importer_iso3
    from {{ told.int_world__pairs }} as pairs
    inner join {{ told.stg_baci__countries }} as exporters on pairs.exporter_code = exporters.country_code
    inner join {{ told.stg_baci__countries }} as importers on pairs.importer_code = importers.country_code

)

{% for flow, home, partner in [('export', 'exporter', 'importer'), ('import', 'importer', 'exporter')] %}
select
    {{ home }}_iso3 as home_iso3,
    {{ partner }}_iso3 as partner_iso3,
    'bilateral' as level,
    {{ home }}_iso3 as reporter_iso3,
    'A' as frequency,
    cast(pairs.year as string) as period,
    make_date(pairs.year, 1, 1) as period_start,
    '{{ flow }}' as flow,
    'third_party' as view,
    'hs6' as product_level,
    '{{ var("baci_edition") }}' as hs_edition,
    pairs.hhi,
    pairs.hhi_normalised,
    cast(null as double) as unctad_concentration,
    pairs.theil,
    pairs.theil_between,
    pairs.theil_within,
    pairs.top_share,
    lpad(cast(pairs.top_product_code as string), 6, '0') as top_product,
    pairs.n_products,
    pairs.n_codes,
    pairs.value_usd,
    cast(1.0 as double) as coverage_share,
    '{{ var("baci_publisher") }}' as publisher,
    '{{ var("baci_publisher") }}.world' as dataset,
    false as is_provisional,
    true as is_estimated,
    case when pairs.hhi is null then 'nothing was traded' end as null_reason
from pairs
{% if not loop.last %}union all{% endif %}
{% endfor %}
