-- title: When the newest figure of each dataset about the two countries became public
-- needs: observation_history
select dataset, max(known_from) as newest_figure, count(*) as n_figures
from marts.observation_history
where known_to is null and change <> 'deleted'
    and (reporter_iso3 in ($home, $partner) or partner_iso3 in ($home, $partner))
group by dataset
order by dataset
