"""The Dagster assets, in the order of the flow: ``snapshots``, ``warehouse`` (dbt), ``published``."""
