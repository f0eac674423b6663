-- How much of what one country sold to another in one year has no class of a grouping; no row where everything has.
select
    structure.pair_id,
    known.grouping,
    {{ exact_sum(share('structure.value_usd', 'pairs.value_usd')) }} as share
from {{ ref('int_world__structure') }} as structure
inner join {{ ref('int_world__groups') }} as known on structure.group_id = known.group_id
inner join {{ ref('int_world__pairs') }} as pairs on structure.pair_id = pairs.pair_id
where known.is_unclassified and structure.value_usd > 0
group by structure.pair_id, known.grouping
