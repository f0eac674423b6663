-- Each rule laid on every value that it speaks of, and the state of each series by itself. A series is one subject,
-- rule, definition and view: views keep their own history, so that a state never comes from mixed reporters.
with rules as (

    select * from {{ ref('thresholds') }}

),

stale as (

    select datasets.dataset, datasets.stale_since
    from {{ ref('stg_store__datasets') }} as datasets
    cross join {{ ref('stg_store__reference') }} as reference
    where cast(datasets.stale_since as date) + datasets.tolerance_days < reference.reference_date

),

readings as (

    select
        metric_values.subject,
        rules.rule_id,
        metric_values.frequency,
        metric_values.period,
        {{ period_end('metric_values.period', 'metric_values.frequency') }} as period_end,
        -- A rule that names no definition is tried on all of them, as on so many views.
        case
            when rules.definition is null and metric_values.definition is not null
                then concat_ws(' ', metric_values.definition, nullif(metric_values.view, 'reported'))
            else metric_values.view
        end as view,
        metric_values.view_rank,
        metric_values.value,
        metric_values.null_reason,
        coalesce(stale.stale_since, other_stale.stale_since) as stale_since,
        rules.direction,
        rules.watch_value,
        rules.limit_value,
        rules.limit_is_breach,
        rules.n_on,
        rules.n_off,
        rules.hysteresis
    from rules
    inner join {{ ref('int_thresholds__metric_values') }} as metric_values
        on metric_values.metric = rules.metric
        and metric_values.subject_kind = rules.subject_kind
        and (rules.only_subject is null or metric_values.subject = rules.only_subject)
        and metric_values.frequency = rules.frequency
        and coalesce(metric_values.basis, '') = coalesce(rules.basis, '')
        and (rules.definition is null or metric_values.definition = rules.definition)
    left join stale on stale.dataset = metric_values.dataset
    left join stale as other_stale on other_stale.dataset = metric_values.other_dataset

),

keyed as (

    select
        readings.*,
        concat_ws('|', subject, rule_id, view) as series_key,
        period_end = max(period_end) over (partition by subject, rule_id) as is_newest
    from readings

),

states as (

    {{ threshold_states('keyed') }}

)

select
    subject,
    rule_id,
    view,
    view_rank,
    frequency,
    period,
    period_end,
    value,
    -- What was true when the source fell silent is not known to be true now.
    case when is_newest and stale_since is not null then 'unknown' else state end as state,
    case
        when is_newest and stale_since is not null
            then concat('the source has been stale since ', cast(cast(stale_since as date) as string))
        when value is null then null_reason
    end as reason
from states
