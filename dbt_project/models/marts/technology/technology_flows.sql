-- Solar goods by month, official finance and power plants by year, from the partner to home, with sums over twelve
-- months and since the beginning of the series.
with flows as (

    select
        int_technology__flows.*,
        {{ month_number('period_start') }} as month_number
    from {{ ref('int_technology__flows') }} as int_technology__flows

),

summed as (

    select
        flows.*,
        case when frequency = 'M' then {{ complete_window_sum('value', 12, 'twelve_months') }} end as value_12m,
        case
            when frequency = 'M' then {{ centred_average_2x12('value', 'six_to_six', 'five_to_five') }}
        end as value_trend,
        case
            when frequency = 'A' then cast(sum(cast(value as decimal(38, 9))) over to_date as double)
        end as value_to_date,
        case when frequency = 'A' then min(period) over to_date end as first_period
    from flows
    window
        twelve_months as (
            partition by home_iso3, partner_iso3, metric, product, frequency
            order by month_number range between 11 preceding and current row
        ),
        six_to_six as (
            partition by home_iso3, partner_iso3, metric, product, frequency
            order by month_number range between 6 preceding and 6 following
        ),
        five_to_five as (
            partition by home_iso3, partner_iso3, metric, product, frequency
            order by month_number range between 5 preceding and 5 following
        ),
        to_date as (
            partition by home_iso3, partner_iso3, metric, product, frequency
            order by month_number range between unbounded preceding and current row
        )

)

select
    summed.home_iso3,
    summed.partner_iso3,
    summed.dyad_role,
    summed.metric,
    summed.product,
    summed.frequency,
    summed.period,
    summed.period_start,
    summed.value,
    summed.unit,
    summed.value_12m,
    {{ growth_rate('summed.value_12m', 'year_before.value_12m') }} as growth_12m,
    summed.value_trend,
    summed.value_to_date,
    summed.first_period,
    summed.is_estimated,
    summed.publisher,
    summed.dataset,
    summed.snapshot_id,
    nullif(concat_ws('; ',
        case when summed.frequency = 'M' and summed.value_12m is null then 'not all of the twelve months are known' end,
        case
            when summed.value_12m is not null and year_before.value_12m is null
                then 'not all of the twelve months before are known'
        end
    ), '') as null_reason
from summed
left join summed as year_before
    on year_before.home_iso3 = summed.home_iso3
    and year_before.partner_iso3 = summed.partner_iso3
    and year_before.metric = summed.metric
    and year_before.product = summed.product
    and year_before.frequency = summed.frequency
    and year_before.month_number = summed.month_number - 12
    and summed.frequency = 'M'
