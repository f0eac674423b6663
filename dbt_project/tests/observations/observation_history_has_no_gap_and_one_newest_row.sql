-- Each row ends where the next one begins, and exactly one row of a point is open.
with ordered as (

    select
        series_id,
        period,
        known_from,
        known_to,
        lead(known_from) over (partition by series_id, period order by known_from) as next_known_from
    from {{ ref('observation_history') }}

)

select *
from ordered
where known_to is distinct from next_known_from or known_to <= known_from
