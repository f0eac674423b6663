{{ config(alias='example_questions') }}
-- What one can ask of this file, with the query that answers it; each is run by the tests.
select * from {{ ref('example_questions') }}
