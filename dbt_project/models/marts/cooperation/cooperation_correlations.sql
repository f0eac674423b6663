-- How alike the indicators are, over all homes with one partner and all years with figures of that very year. Two that
-- are too much alike count the same thing twice: one of them gets the weight zero, or both become one.
with observed as (

    select * from {{ ref('cooperation_indicators') }} where is_observed

),

pairs as (

    select
        ours.partner_iso3,
        ours.indicator as indicator_a,
        theirs.indicator as indicator_b,
        ours.weight > 0 and theirs.weight > 0 as are_both_scored,
        count(*) as n_values,
        {{ correlation('ours.normalised', 'theirs.normalised') }} as correlation
    from observed as ours
    inner join observed as theirs
        on ours.home_iso3 = theirs.home_iso3
        and ours.partner_iso3 = theirs.partner_iso3
        and ours.period = theirs.period
        and ours.indicator < theirs.indicator
    group by ours.partner_iso3, ours.indicator, theirs.indicator, ours.weight > 0 and theirs.weight > 0

),

judged as (

    select
        partner_iso3,
        indicator_a,
        indicator_b,
        are_both_scored,
        cast(n_values as int) as n_values,
        case when n_values >= {{ parameter('index_correlation_min_values') }} then correlation end as correlation
    from pairs

)

select
    partner_iso3,
    indicator_a,
    indicator_b,
    n_values,
    correlation,
    are_both_scored,
    coalesce(abs(correlation) > {{ parameter('index_correlation_max') }}, false) as is_too_much_alike,
    case
        when correlation is not null then null
        when n_values < {{ parameter('index_correlation_min_values') }} then 'too few pairs of values of the same year'
        else 'one of the two never changes'
    end as null_reason
from judged
