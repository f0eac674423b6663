{{ config(database="scratch", schema="staging") }}
-- CEPII BACI's files as they are published: one CSV a year, one line for each exporter, importer and six-digit product.
-- 9999AA (not specified according to kind) is the 999999 of the HS. Quantities are not read: no mart asks for them.
select
    t as year,
    i as exporter_code,
    j as importer_code,
    case k when '9999AA' then 999999 else cast(k as int) end as product_code,
    v as value_kusd
from read_csv(
    'BACI_HS*_Y*_V*.csv', header = true, auto_detect = false, delim = ',', quote = '"',
    columns = {
        't': 'smallint', 'i': 'smallint', 'j': 'smallint', 'k': 'varchar', 'v': 'decimal(18, 3)', 'q': 'varchar'
    }
)
