-- The newest period of each frequency that is over on the reference date: where a rule without any figure is unknown.
with today as (

    select
        reference_date,
        cast(year(reference_date) as int) as this_year,
        cast(month(reference_date) as int) as this_month
    from {{ ref('stg_store__reference') }}

),

parts as (

    select
        reference_date,
        this_year,
        case when this_month >= 7 then this_year else this_year - 1 end as fiscal_year,
        case when this_month = 1 then this_year - 1 else this_year end as year_of_month,
        case when this_month = 1 then 12 else this_month - 1 end as month_of_year,
        case when this_month <= 3 then this_year - 1 else this_year end as year_of_quarter,
        case when this_month <= 3 then 4 else cast(floor((this_month - 1) / 3) as int) end as quarter
    from today

),

periods as (

    select 'A' as frequency, cast(this_year - 1 as string) as period from parts
    union all
    select 'FY', concat('FY', cast(fiscal_year as string)) from parts
    union all
    select 'Q', concat(cast(year_of_quarter as string), '-Q', cast(quarter as string)) from parts
    union all
    select 'M', concat(cast(year_of_month as string), '-', lpad(cast(month_of_year as string), 2, '0')) from parts
    union all
    select 'YTD', concat(cast(year_of_month as string), '-', lpad(cast(month_of_year as string), 2, '0')) from parts
    union all
    select 'W', cast(reference_date as string) from parts

)

select frequency, period, {{ period_end('period', 'frequency') }} as period_end
from periods
