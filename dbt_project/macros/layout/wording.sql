{# Words for people, built in SQL out of what the tables hold. #}

{# 2.376000 -> '2.376', without zeros that say nothing. At most six decimals: with more, Spark writes 0 as 0E-9. #}
{% macro plain_number(value, decimals) -%}
    regexp_replace(cast(cast({{ value }} as decimal(28, {{ decimals }})) as string), '[.]?0+$', '')
{%- endmacro %}

{# Any number, to six decimals, from 1,000 on to one: of more digits than 15 the last ones differ between engines. #}
{% macro shown_number(value) -%}
    case when abs({{ value }}) >= 1000 then {{ plain_number(value, 1) }} else {{ plain_number(value, 6) }} end
{%- endmacro %}

{# A whole number of up to six digits with its thousands set off. #}
{% macro thousands(value) -%}
    case
        when {{ value }} >= 1000 then concat(
            cast(cast(floor({{ value }} / 1000) as bigint) as string), ',',
            lpad(cast(cast(round({{ value }} - 1000 * floor({{ value }} / 1000)) as bigint) as string), 3, '0'))
        else cast(cast(round({{ value }}) as bigint) as string)
    end
{%- endmacro %}

{# A value with its unit, as a person would say it. #}
{% macro shown_value(value, unit) -%}
    case
        when {{ unit }} = 'USD' then concat({{ plain_number(value ~ ' / 1e9', 3) }}, ' billion US dollars')
        when {{ unit }} = 'fraction' then concat({{ plain_number('100 * ' ~ value, 1) }}, ' percent')
        when {{ unit }} = 'year' then cast(cast({{ value }} as int) as string)
        else concat({{ thousands(value) }}, ' ', {{ unit }})
    end
{%- endmacro %}

{# '2024-06' -> 'June 2024'; other periods are said as they are written. #}
{% macro shown_period(period, frequency) -%}
    case
        when {{ frequency }} in ('M', 'YTD') then concat(
            case substr({{ period }}, 6, 2)
                when '01' then 'January' when '02' then 'February' when '03' then 'March' when '04' then 'April'
                when '05' then 'May' when '06' then 'June' when '07' then 'July' when '08' then 'August'
                when '09' then 'September' when '10' then 'October' when '11' then 'November' when '12' then 'December'
            end, ' ', substr({{ period }}, 1, 4))
        else {{ period }}
    end
{%- endmacro %}

{# When something was so: 'in 2024', or for what stands at a date 'at the end of June 2024' or 'on 2024-06-28'. #}
{% macro shown_moment(period, frequency, is_stock) -%}
    concat(
        case when {{ frequency }} in ('W', 'D') then 'on ' when {{ is_stock }} then 'at the end of ' else 'in ' end,
        {{ shown_period(period, frequency) }}
    )
{%- endmacro %}

{# A sentence without its full stop, to go on with. #}
{% macro unfinished(sentence) -%}
    regexp_replace({{ sentence }}, '[.]$', '')
{%- endmacro %}
