-- Where each figure that no API serves was read: the key that `citation` of an observation points to.
select citation, dataset, publisher_title, release, url, path, commit_id, note
from {{ read_store('citations') }}
