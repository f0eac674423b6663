-- As of the end of time, the history says what observations say.
(
    select series_id, period, value, unit from {{ ref('observations') }}
    except
    select series_id, period, value, unit from {{ ref('observation_history') }}
    where known_to is null and change <> 'deleted'
)
union all
(
    select series_id, period, value, unit from {{ ref('observation_history') }}
    where known_to is null and change <> 'deleted'
    except
    select series_id, period, value, unit from {{ ref('observations') }}
)
