-- The history with every amount of money in US dollars too, where a rate of the same period is known.
-- The rate is the one known today, for old rows as well: what changes hands with a revision is the publisher's figure.
with history as (

    select * from {{ ref('int_observations__history') }}

),

units as (

    select * from {{ ref('unit_factors') }} where currency is not null

),

rates as (

    select * from {{ ref('int_observations__exchange_rates') }}

),

-- The best rate for each dataset, currency and period that occurs.
needed as (

    select distinct history.dataset, units.currency, history.frequency, history.period
    from history
    inner join units on history.unit = units.unit
    where units.currency <> 'USD'

),

chosen_rates as (

    select dataset, currency, frequency, period, per_usd, fx_source
    from (
        select
            needed.*,
            rates.per_usd,
            rates.fx_source,
            row_number() over (
                partition by needed.dataset, needed.currency, needed.frequency, needed.period
                order by rates.rank, rates.fx_source
            ) as place
        from needed
        inner join rates
            on needed.currency = rates.currency
            and needed.frequency = rates.frequency
            and needed.period = rates.period
            and (rates.only_for_dataset is null or rates.only_for_dataset = needed.dataset)
        where rates.per_usd is not null
    ) as ranked
    where place = 1

)

select
    history.*,
    case
        when units.currency = 'USD' then history.value * units.factor
        else history.value * units.factor / chosen_rates.per_usd
    end as value_usd,
    coalesce(units.currency <> 'USD' and chosen_rates.per_usd is not null, false) as is_converted,
    chosen_rates.per_usd as fx_rate,
    chosen_rates.fx_source
from history
left join units on history.unit = units.unit
left join chosen_rates
    on history.dataset = chosen_rates.dataset
    and units.currency = chosen_rates.currency
    and history.frequency = chosen_rates.frequency
    and history.period = chosen_rates.period
