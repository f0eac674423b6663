-- How many rows each mart that can answer a theme holds for a pair, in all and by item. A mart that a theme may name is
-- one line of this list: the mart, home, partner (NULL for what concerns home alone), what its items are; conditions
-- say which rows of a mart answer anything.
{%- set answers = [
    ('trade_balance', 'home_iso3', 'partner_iso3', 'view'),
    ('trade_flows', 'home_iso3', 'partner_iso3', 'flow'),
    ('trade_structure', 'home_iso3', "case partner_iso3 when 'WLD' then null else partner_iso3 end",
        "case grouping when 'article_theme' then group_code else grouping end"),
    ('mirror_ledger', 'home_iso3', 'partner_iso3', 'flow'),
    ('balancing_paths', 'home_iso3', "case partner_iso3 when 'WLD' then null else partner_iso3 end", 'target_id'),
    ('reserve_adequacy', 'country_iso3', 'null', 'definition'),
    ('ict_exports', 'country_iso3', 'null', 'definition'),
    ('student_mobility', 'origin_iso3', 'host_iso3', 'definition'),
    ('technology_flows', 'home_iso3', 'partner_iso3', 'metric'),
    ('peer_comparison', 'peer_iso3', 'partner_iso3', 'peer_group'),
    ('cooperation_index', 'home_iso3', 'partner_iso3', 'grade'),
    ('dated_evidence', 'home_iso3', 'partner_iso3', 'topic'),
    ('checked_claims', 'home_iso3', "case partner_iso3 when 'WLD' then null else partner_iso3 end", 'claim_id'),
    ('observations', 'reporter_iso3', 'partner_iso3',
        "case when dataset = 'pakistan_bureau_of_statistics.exports_by_commodity' then 'product_lines' end"),
] -%}
{%- set names = {'dated_evidence': 'evidence', 'checked_claims': 'claims'} -%}
{%- set conditions = {'trade_structure': 'value_usd is not null'} %}

{% for mart, home, partner, item in answers -%}
select
    '{{ names.get(mart, mart) }}' as mart,
    {{ home }} as home_iso3,
    cast({{ partner }} as string) as partner_iso3,
    cast({{ item }} as string) as item,
    count(*) as n_rows
from {{ ref(mart) }}
where {{ conditions.get(mart, 'true') }}
group by 1, 2, 3, 4
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
