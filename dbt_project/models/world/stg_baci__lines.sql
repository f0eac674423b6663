{{ config(database="scratch", schema="staging") }}
-- CEPII BACI's files as they are published: one CSV a year, one line for each exporter, importer and six-digit product.
-- 9999AA (not specified according to kind) is the 999999 of the HS: read as a missing number, it spares all others the
-- way through a text. Quantities are not read: no mart asks for them.
-- Year, exporter and importer are one number: a hundred million rows are grouped and joined by it. What does not fit
-- into its ten bits is NULL, which the contract refuses.
-- BACI's thousand dollars have three decimals: whole dollars, which doubles hold, and add up, without a rounding.
select
    case
        when t between 1 and 2047 and i between 1 and 1023 and j between 1 and 1023
            then (cast(t as int) * 1024 + i) * 1024 + j
    end as pair_id,
    coalesce(k, 999999) as product_code,
    round(1000 * v) as value_usd
from read_csv(
    'BACI_HS*_Y*_V*.csv', header = true, auto_detect = false, delim = ',', quote = '"', nullstr = '9999AA',
    columns = {
        't': 'smallint', 'i': 'smallint', 'j': 'smallint', 'k': 'int', 'v': 'double', 'q': 'varchar'
    }
)
