-- How much of what one country sold to another in one year has no class of a grouping; no row where everything has.
select
    structure.pair_id,
    known.grouping,
    {{ exact_sum('structure.share') }} as share
from {{ ref('int_world__structure') }} as structure
inner join {{ ref('int_world__groups') }} as known on structure.group_id = known.group_id
where known.is_unclassified and structure.value_usd > 0
group by structure.pair_id, known.grouping
