-- The groups of goods that one country sold to another in one year. One narrow row serves both countries: whose export
-- and whose import it is, its share, labels and names are added where it is read (trade_structure).
with lines as (

    select * from {{ ref('stg_baci__lines') }}

),

classes as (

    select * from {{ ref('int_world__classes') }}

),

listed as (

    select group_id from {{ ref('int_world__groups') }} where is_always_listed

),

hs_chapter as (

    select
        pair_id,
        cast(product_code // 10000 as utinyint) as group_id, -- see int_world__groups
        sum(value_usd) as value_usd,
        count(*) as n_lines
    from lines
    group by pair_id, cast(product_code // 10000 as utinyint)

),

{% for grouping in ['sitc', 'bec', 'lall', 'article_theme'] %}
{{ grouping }} as (

    select
        lines.pair_id,
        classes.group_id,
        sum(lines.value_usd) as value_usd,
        count(*) as n_lines
    from lines
    inner join classes on lines.product_code = classes.product_code
    where classes.grouping = '{{ grouping }}'
    group by lines.pair_id, classes.group_id

),
{% endfor %}

chapters as (

    select distinct product_code // 10000 as group_id, group_id as section_id from classes where grouping = 'hs_section'

),

hs_section as (

    select
        hs_chapter.pair_id,
        chapters.section_id as group_id,
        sum(hs_chapter.value_usd) as value_usd,
        sum(hs_chapter.n_lines) as n_lines
    from hs_chapter
    inner join chapters on hs_chapter.group_id = chapters.group_id
    group by hs_chapter.pair_id, chapters.section_id

),

short as (

    {% for grouping in ['sitc', 'bec', 'lall', 'article_theme'] %}
    select * from {{ grouping }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

asked as (

    select pairs.pair_id, listed.group_id
    from {{ ref('int_world__pairs') }} as pairs
    cross join listed

),

untraded as (

    select asked.*
    from asked
    anti join (select short.* from short semi join listed using (group_id)) as traded
        using (pair_id, group_id)

),

known as (

    select * from hs_chapter
    union all
    select * from hs_section
    union all
    select * from short
    union all
    select untraded.*, 0 as value_usd, 0 as n_lines from untraded

)

select
    pair_id,
    group_id,
    value_usd,
    cast(n_lines as int) as n_lines
from known
