-- How steadily each reporter's records agree with those of all its partners: the variance of the log gap over its
-- yearly cells. Few cells or a single partner say nothing about the reporter alone: then it has no variance.
-- After the weighted variance analysis of BACI (Gaulier and Zignago 2010), without its correction for composition.
with cells as (

    select * from {{ ref('int_trade__mirror_cells') }} where frequency = 'A' and gap_log is not null

),

seen_by_reporter as (

    select importer_iso3 as reporter_iso3, exporter_iso3 as other_iso3, gap_log from cells

    union all

    select exporter_iso3 as reporter_iso3, importer_iso3 as other_iso3, gap_log from cells

)

select
    reporter_iso3,
    count(*) as n_cells,
    count(distinct other_iso3) as n_partners,
    case
        when count(*) >= {{ parameter('mirror_weight_min_cells') }}
            and count(distinct other_iso3) >= {{ parameter('mirror_weight_min_partners') }}
            then var_samp(gap_log)
    end as gap_log_variance
from seen_by_reporter
group by reporter_iso3
