-- Where each figure that no API serves was read: `citation` of an observation leads here.
select citation, dataset, publisher_title, release, url, path, commit_id, note
from {{ ref('stg_store__citations') }}
