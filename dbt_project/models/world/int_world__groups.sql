-- Every group that six-digit lines can be put into, with a short number for it: a chapter's is the chapter.
select
    case
        when product_groups.grouping = 'hs_chapter' then cast(product_groups.group_code as smallint)
        else cast(100 + row_number() over (order by product_groups.grouping, product_groups.group_code) as smallint)
    end as group_id,
    product_groups.grouping,
    product_groups.group_code,
    product_groups.group_label,
    -- Listed with zero where a pair trades nothing of it; what is left over after classifying is no group to ask for.
    groupings.lists_all and product_groups.group_code not in ('ambiguous', 'unmapped') as is_always_listed,
    product_groups.group_code in ('ambiguous', 'unmapped')
        or coalesce(product_groups.parent = 'unclassified', false) as is_unclassified
from {{ ref('product_groups') }} as product_groups
inner join {{ ref('product_level_groupings') }} as groupings on product_groups.grouping = groupings.grouping
where groupings.product_level = 'hs6' and groupings.can_answer
