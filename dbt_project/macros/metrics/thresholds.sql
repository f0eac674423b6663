{# The states of a threshold: ok, watch, breach, unknown. Plain Jinja: SQL in, SQL out; no recursion, so that every
   engine runs it and every row can be explained by the rows before it.

   A rule says: limit_value, direction ('above' or 'below': on which side of the limit the trouble lies),
   limit_is_breach (whether reaching the limit is enough, as in "at least 20 billion"), watch_value (nullable),
   n_on and n_off (how many known values in a row switch the breach on and off) and hysteresis (by how much a value
   must be better than the limit to count towards switching off, in the metric's unit, not negative). #}

{# True when a value lies on the wrong side of a limit; NULL when either is missing. #}
{% macro is_beyond(value, limit_value, direction, limit_is_breach) -%}
    (case
        when {{ direction }} = 'above' and {{ limit_is_breach }} then {{ value }} >= {{ limit_value }}
        when {{ direction }} = 'above' then {{ value }} > {{ limit_value }}
        when {{ direction }} = 'below' and {{ limit_is_breach }} then {{ value }} <= {{ limit_value }}
        when {{ direction }} = 'below' then {{ value }} < {{ limit_value }}
    end)
{%- endmacro %}

{# The limit moved by the hysteresis to its good side: what a value must reach before a breach can end. #}
{% macro release_value(limit_value, direction, hysteresis) -%}
    (case when {{ direction }} = 'above' then {{ limit_value }} - {{ hysteresis }}
        else {{ limit_value }} + {{ hysteresis }} end)
{%- endmacro %}

{# The state machine over one or many series. `readings` is a relation with the columns of a rule (above) and
   series_key, period_end, value; the answer is all its columns and `state`.

   Only known values count: n_known numbers them. A run of breaching values ends at n_known and began after the last
   value that did not breach. A run of at least n_on is a signal "on", a run of at least n_off released values a signal
   "off"; as no value can be both, the last signal so far is the state. #}
{% macro threshold_states(readings) -%}
with compared as (

    select
        readings.*,
        {{ is_beyond('value', 'limit_value', 'direction', 'limit_is_breach') }} as is_breaching,
        not {{ is_beyond(
            'value', release_value('limit_value', 'direction', 'hysteresis'), 'direction', 'limit_is_breach'
        ) }} as is_released,
        {{ is_beyond('value', 'watch_value', 'direction', 'limit_is_breach') }} as is_watched,
        count(value) over (
            partition by series_key order by period_end rows between unbounded preceding and current row
        ) as n_known
    from {{ readings }} as readings

),

runs as (

    select
        compared.*,
        n_known - coalesce(max(case when not is_breaching then n_known end) over (
            partition by series_key order by period_end rows between unbounded preceding and current row
        ), 0) as breaching_run,
        n_known - coalesce(max(case when not is_released then n_known end) over (
            partition by series_key order by period_end rows between unbounded preceding and current row
        ), 0) as released_run
    from compared

),

signals as (

    select
        runs.*,
        max(case when is_breaching and breaching_run >= n_on then n_known end) over (
            partition by series_key order by period_end rows between unbounded preceding and current row
        ) as last_on,
        max(case when is_released and released_run >= n_off then n_known end) over (
            partition by series_key order by period_end rows between unbounded preceding and current row
        ) as last_off
    from runs

)

select
    signals.*,
    case
        when value is null then 'unknown'
        when last_on > coalesce(last_off, 0) then 'breach'
        when is_watched then 'watch'
        else 'ok'
    end as state
from signals
{%- endmacro %}

{# One state out of the states of several views of the same thing, which are counted in n_known (views with a value),
   n_breach and n_watch. No view known: unknown. One view in breach is enough for a breach; how sure it is says
   `combined_certainty`. #}
{% macro combined_state(n_known, n_breach, n_watch) -%}
    (case
        when {{ n_known }} = 0 then 'unknown'
        when {{ n_breach }} > 0 then 'breach'
        when {{ n_watch }} > 0 then 'watch'
        else 'ok'
    end)
{%- endmacro %}

{# 'certain' when every view that has data says the same, 'possible' when only some do, NULL when none has data. #}
{% macro combined_certainty(n_known, n_breach, n_watch) -%}
    (case
        when {{ n_known }} = 0 then null
        when {{ n_breach }} in (0, {{ n_known }}) and ({{ n_breach }} > 0 or {{ n_watch }} in (0, {{ n_known }}))
            then 'certain'
        else 'possible'
    end)
{%- endmacro %}
