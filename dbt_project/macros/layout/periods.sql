{# Periods as text ('2024', 'FY2025', '2024-06', '2024-Q2', '2026-03-06') turned into dates.
   A fiscal year runs from July to June and is named by its end. #}

{# First day of the period. A cumulated figure (YTD) begins with its year: in July when its printed label names a
   fiscal year, in January otherwise. #}
{% macro period_start(period, frequency, period_label) -%}
    case
        when {{ frequency }} = 'A' then make_date(cast(substr({{ period }}, 1, 4) as int), 1, 1)
        when {{ frequency }} = 'FY' then make_date(cast(substr({{ period }}, 3, 4) as int) - 1, 7, 1)
        when {{ frequency }} = 'Q'
            then make_date(cast(substr({{ period }}, 1, 4) as int), cast(substr({{ period }}, 7, 1) as int) * 3 - 2, 1)
        when {{ frequency }} = 'M'
            then make_date(cast(substr({{ period }}, 1, 4) as int), cast(substr({{ period }}, 6, 2) as int), 1)
        when {{ frequency }} in ('W', 'D') then cast({{ period }} as date)
        when {{ frequency }} = 'YTD' and {{ period_label }} like 'FY%' and cast(substr({{ period }}, 6, 2) as int) < 7
            then make_date(cast(substr({{ period }}, 1, 4) as int) - 1, 7, 1)
        when {{ frequency }} = 'YTD' and {{ period_label }} like 'FY%'
            then make_date(cast(substr({{ period }}, 1, 4) as int), 7, 1)
        when {{ frequency }} = 'YTD' then make_date(cast(substr({{ period }}, 1, 4) as int), 1, 1)
    end
{%- endmacro %}

{# Last day of the period; a week is named by its last day. #}
{% macro period_end(period, frequency) -%}
    case
        when {{ frequency }} = 'A' then make_date(cast(substr({{ period }}, 1, 4) as int), 12, 31)
        when {{ frequency }} = 'FY' then make_date(cast(substr({{ period }}, 3, 4) as int), 6, 30)
        when {{ frequency }} = 'Q' then last_day(
            make_date(cast(substr({{ period }}, 1, 4) as int), cast(substr({{ period }}, 7, 1) as int) * 3, 1))
        when {{ frequency }} in ('M', 'YTD') then last_day(
            make_date(cast(substr({{ period }}, 1, 4) as int), cast(substr({{ period }}, 6, 2) as int), 1))
        when {{ frequency }} in ('W', 'D') then cast({{ period }} as date)
    end
{%- endmacro %}

{# The fiscal year (July to June) in which a month lies, as 'FY2025'. #}
{% macro fiscal_year_of(date) -%}
    concat('FY', cast(year({{ date }}) + case when month({{ date }}) >= 7 then 1 else 0 end as string))
{%- endmacro %}
