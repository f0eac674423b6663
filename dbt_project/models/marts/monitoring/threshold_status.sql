-- The state of every threshold for every subject and period, with all views beside each other. A breach is certain when
-- every view that has data is in breach, possible when only some are; a missing figure is unknown, never ok.
{# view_values is text for people: more views than these are counted, but not named in it. #}
{% set most_views = 8 %}

with readings as (

    select
        readings.*,
        row_number() over (partition by subject, rule_id, period order by view_rank, view) as place,
        row_number() over (
            partition by subject, rule_id, period
            order by case when state <> 'unknown' then 0 when value is not null then 1 else 2 end, view_rank, view
        ) as place_among_known
    from {{ ref('int_thresholds__readings') }} as readings

),

combined as (

    select
        subject,
        rule_id,
        frequency,
        period,
        period_end,
        max(case when place_among_known = 1 then value end) as value,
        max(case when place_among_known = 1 and value is not null then view end) as value_view,
        min(value) as low,
        max(value) as high,
        nullif(concat_ws(
            '; '
            {%- for place in range(1, most_views + 1) %},
            max(case when place = {{ place }} then concat(view, '=', coalesce({{ shown_number('value') }}, 'unknown')) end)
            {%- endfor %}
        ), '') as view_values,
        sum(case when state <> 'unknown' then 1 else 0 end) as n_known,
        sum(case when state = 'breach' then 1 else 0 end) as n_breach,
        sum(case when state = 'watch' then 1 else 0 end) as n_watch,
        max(case when place_among_known = 1 then reason end) as reason
    from readings
    group by subject, rule_id, frequency, period, period_end

),

-- Rules that apply to a subject for which no figure of any period exists.
without_figures as (

    select
        subjects.subject,
        rules.rule_id,
        rules.frequency,
        expected.period,
        expected.period_end
    from {{ ref('thresholds') }} as rules
    inner join {{ ref('int_thresholds__subjects') }} as subjects
        on subjects.subject_kind = rules.subject_kind
        and (rules.only_subject is null or subjects.subject = rules.only_subject)
    inner join {{ ref('int_thresholds__expected_periods') }} as expected on expected.frequency = rules.frequency
    left join (select distinct subject, rule_id from combined) as seen
        on seen.subject = subjects.subject and seen.rule_id = rules.rule_id
    where seen.subject is null

),

states as (

    select
        subject,
        rule_id,
        frequency,
        period,
        period_end,
        value,
        value_view,
        low,
        high,
        view_values,
        cast(n_known as int) as n_views,
        {{ combined_state('n_known', 'n_breach', 'n_watch') }} as state,
        {{ combined_certainty('n_known', 'n_breach', 'n_watch') }} as certainty,
        reason
    from combined

    union all

    select
        subject,
        rule_id,
        frequency,
        period,
        period_end,
        cast(null as double) as value,
        cast(null as string) as value_view,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(null as string) as view_values,
        0 as n_views,
        'unknown' as state,
        cast(null as string) as certainty,
        cast(null as string) as reason
    from without_figures

),

-- A run of one state begins where the state before was another one.
marked as (

    select
        states.*,
        case
            when state = lag(state) over (partition by subject, rule_id order by period_end) then 0 else 1
        end as begins_run
    from states

),

runs as (

    select
        marked.*,
        sum(begins_run) over (
            partition by subject, rule_id order by period_end rows between unbounded preceding and current row
        ) as run
    from marked

)

select
    runs.subject,
    subjects.subject_kind,
    subjects.home_iso3,
    subjects.partner_iso3,
    runs.rule_id,
    rules.metric,
    coalesce(definitions.label, indicators.name, rules.metric) as metric_label,
    rules.definition,
    rules.basis,
    runs.frequency,
    runs.period,
    runs.period_end,
    runs.value,
    runs.value_view,
    runs.low,
    runs.high,
    runs.view_values,
    runs.n_views,
    rules.unit,
    rules.direction,
    rules.watch_value,
    rules.limit_value,
    runs.state,
    runs.certainty,
    first_value(runs.period) over (
        partition by runs.subject, runs.rule_id, runs.run order by runs.period_end
    ) as since_period,
    runs.period_end = max(runs.period_end) over (partition by runs.subject, runs.rule_id) as is_latest,
    case
        when runs.state = 'unknown' then coalesce(
            runs.reason,
            concat_ws(
                ' of definition ',
                concat('no figure from ', coalesce(definitions.inputs, rules.metric)),
                rules.definition
            )
        )
    end as reason,
    rules.description,
    rules.applies_to,
    rules.source_title,
    rules.source_url,
    rules.source_kind
from runs
inner join {{ ref('thresholds') }} as rules on rules.rule_id = runs.rule_id
inner join {{ ref('int_thresholds__subjects') }} as subjects on subjects.subject = runs.subject
left join {{ ref('metric_definitions') }} as definitions on definitions.metric = rules.metric
left join {{ ref('indicators') }} as indicators on indicators.indicator_code = rules.metric
