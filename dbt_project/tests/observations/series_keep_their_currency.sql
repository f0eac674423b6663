-- A series may be printed in thousands and later in millions of the same currency; anything else is two series, or a
-- publisher that changed its unit without a word.
with measured as (

    select history.series_id, coalesce(units.currency, history.unit) as measure
    from {{ ref('observation_history') }} as history
    left join {{ ref('unit_factors') }} as units on history.unit = units.unit

)

select series_id, min(measure) as one_measure, max(measure) as another_measure
from measured
group by series_id
having min(measure) <> max(measure)
