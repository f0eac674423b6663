-- Each claim under each definition, held against the one figure that says most about it: that of the claim's own period
-- when it bears the claim out; else, unless another definition does so for that period, one that bears it out for
-- another period, the nearest in time; else that of the claim's own period; else a part of it; else the newest.
with claims as (

    select
        claims.*,
        metrics.is_stock,
        case when period like 'FY%' then 'FY' when length(period) = 7 then 'M' when period is not null then 'A' end
            as claim_frequency
    from {{ ref('claims') }} as claims
    inner join {{ ref('claim_metrics') }} as metrics on metrics.metric = claims.metric

),

bounded as (

    select
        claims.*,
        {{ period_start('claims.period', 'claims.claim_frequency', 'cast(null as string)') }} as claim_start,
        {{ period_end('claims.period', 'claims.claim_frequency') }} as claim_end,
        {{ claim_tolerance('claims.claimed_value', 'claims.rounding', parameter('claim_tolerance')) }} as tolerance,
        reference.reference_date
    from claims
    cross join {{ ref('stg_store__reference') }} as reference

),

placed as (

    select
        bounded.claim_id,
        bounded.claimed_value,
        bounded.comparison,
        figures.definition,
        figures.how,
        figures.is_mixed,
        figures.frequency,
        figures.period,
        figures.period_start,
        figures.period_end,
        figures.value,
        figures.source,
        figures.second_source,
        {{ bears_out('bounded.claimed_value', 'figures.value', 'bounded.comparison', 'bounded.tolerance') }} as bears_out,
        case
            when bounded.claim_start is null then
                {{ age_years('figures.period_end', 'bounded.reference_date') }} <= {{ parameter('claim_max_age_years') }}
            when bounded.is_stock then figures.period_end between bounded.claim_start and bounded.claim_end
            else figures.period_start = bounded.claim_start and figures.period_end = bounded.claim_end
        end as is_in_period,
        coalesce(
            not bounded.is_stock
            and figures.frequency = 'YTD'
            and figures.period_start = bounded.claim_start
            and figures.period_end < bounded.claim_end, false
        ) as is_part,
        abs({{ month_number('figures.period_end') }}
            - {{ month_number('coalesce(bounded.claim_end, bounded.reference_date)') }}) as months_apart
    from bounded
    inner join {{ ref('int_claims__figures') }} as figures on figures.claim_id = bounded.claim_id

),

borne_out as (

    select
        claim_id,
        max(case when is_in_period and bears_out then 1 else 0 end) = 1 as is_borne_out_in_period
    from placed
    group by claim_id

),

ranked as (

    select
        placed.*,
        borne_out.is_borne_out_in_period,
        row_number() over (
            partition by placed.claim_id, placed.definition
            order by
                case
                    when is_in_period and bears_out then 1
                    when bears_out and not is_borne_out_in_period then 2
                    when is_in_period then 3
                    when is_part then 4
                    else 5
                end,
                case when is_in_period then abs(value - claimed_value) end,
                case when is_part then months_apart end,
                case when bears_out then months_apart end,
                period_end desc
        ) as place
    from placed
    inner join borne_out on borne_out.claim_id = placed.claim_id

),

-- What else the same definition says: for the claim's own period, and at its newest.
beside as (

    select
        claim_id,
        definition,
        max_by(case when is_in_period then value end, case when is_in_period then period_end end) as in_period_value,
        max_by(case when is_in_period then period end, case when is_in_period then period_end end) as in_period,
        max_by(case when is_in_period then frequency end, case when is_in_period then period_end end)
            as in_period_frequency,
        max_by(value, period_end) as newest_value,
        max_by(period, period_end) as newest_period,
        max_by(frequency, period_end) as newest_frequency
    from placed
    group by claim_id, definition

),

chosen as (

    select
        ranked.claim_id,
        ranked.definition,
        ranked.how,
        ranked.is_mixed,
        ranked.frequency,
        ranked.period,
        ranked.period_start,
        ranked.period_end,
        ranked.value,
        ranked.source,
        ranked.second_source,
        ranked.bears_out,
        ranked.is_in_period,
        ranked.is_part,
        beside.in_period_value,
        beside.in_period,
        beside.in_period_frequency,
        beside.newest_value,
        beside.newest_period,
        beside.newest_frequency
    from ranked
    inner join beside
        on beside.claim_id = ranked.claim_id
        and beside.definition = ranked.definition
    where ranked.place = 1

),

-- The sound definition under which a claim is true in its own period, if there is one, and the mixture if there is none.
true_under as (

    select
        claim_id,
        max(case when not is_mixed then how end) as how,
        max(case when not is_mixed then 1 else 0 end) = 1 as is_sound,
        max(case when is_mixed then how end) as mixed_how
    from chosen
    where is_in_period and bears_out
    group by claim_id

),

-- What each side's own customs say, to be named beside a mixture of both.
sides as (

    select
        claim_id,
        max(case when definition = 'home_reported_customs' then value end) as home_value,
        max(case when definition = 'home_reported_customs' then how end) as home_how,
        max(case when definition = 'partner_reported_customs' then value end) as partner_value,
        max(case when definition = 'partner_reported_customs' then how end) as partner_how
    from chosen
    where is_in_period
    group by claim_id

)

select
    chosen.*,
    true_under.how as true_how,
    true_under.mixed_how,
    sides.home_value,
    sides.home_how,
    sides.partner_value,
    sides.partner_how,
    case
        when chosen.is_in_period and chosen.bears_out and not chosen.is_mixed then 'matches'
        when chosen.is_in_period and chosen.bears_out then 'matches_other_definition'
        when chosen.is_in_period and true_under.is_sound then 'matches_other_definition'
        when chosen.is_in_period then 'contradicted'
        when chosen.bears_out and true_under.claim_id is null then 'stale'
        else 'not_reproducible'
    end as verdict
from chosen
left join true_under on true_under.claim_id = chosen.claim_id
left join sides on sides.claim_id = chosen.claim_id
