-- title: Sources, with licence, age and origin
-- needs: sources
select
    dataset, title, publisher, publisher_name, licence, citation, url, origin, retrieved_at, first_period, latest_period,
    latest_period_age_years, stale_since, last_error, ends, n_observations, sha256
from marts.sources
where n_observations > 0
order by publisher_name, title
