-- The edition of the HS in which the files are written, and how many six-digit lines it has.
select edition, n_codes
from {{ ref('product_levels') }}
where product_level = 'hs6' and edition = '{{ var("baci_edition") }}'
