-- The changes of a point laid end to end: each is what was known from known_from until the next one came.
-- A deleted point keeps its last values and says so in `change`: readers of a moment leave it out.
with changes as (

    select * from {{ ref('int_observations__changes') }}

),

-- Two snapshots of the same moment (two tables of one release) may both carry a point: the last one stands. A point
-- that moves from one unit to another is deleted in the old and added in the new at the same moment: it lives.
one_for_each_moment as (

    select
        changes.*,
        row_number() over (
            partition by series_id, period, known_from
            order by case when change = 'deleted' then 1 else 0 end, snapshot_id desc
        ) as place
    from changes

)

select
    series_id,
    publisher,
    dataset,
    reporter_iso3,
    partner_iso3,
    product,
    flow,
    definition,
    basis,
    valuation,
    frequency,
    period,
    period_start,
    period_end,
    period_label,
    value,
    unit,
    is_provisional,
    is_estimated,
    citation,
    note,
    change,
    known_from,
    lead(known_from) over (partition by series_id, period order by known_from) as known_to,
    snapshot_id,
    release
from one_for_each_moment
where place = 1
