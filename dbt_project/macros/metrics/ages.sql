{# Ages of figures, counted from the reference date of the store. Plain Jinja: SQL in, SQL out. #}

{# Years between the last day of a period and the reference date, in whole months as a fraction of years. #}
{% macro age_years(period_end, reference_date) -%}
    ((year({{ reference_date }}) - year({{ period_end }}))
        + (month({{ reference_date }}) - month({{ period_end }})) / 12)
{%- endmacro %}

{# Months since year 0: neighbours differ by one, whatever the length of a month. #}
{% macro month_number(date) -%}
    (year({{ date }}) * 12 + month({{ date }}))
{%- endmacro %}
