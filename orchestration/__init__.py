"""Karakoram's pipeline: publisher -> raw snapshot -> parsed changes -> dbt marts -> gate -> published file.

Each package below is one step of that flow, and data only ever moves to the right:

``catalog``   what exists: publishers and datasets, as validated data
``ingest``    the only code that touches the network; keeps raw snapshots and parses them
``assets``    the Dagster assets: snapshots, the dbt warehouse, the published file
``checks``    contract, currency and threshold checks shown on those assets
``publish``   gate, immutable versioned file, atomic flip of the pointer
``report``    the page for people: one HTML file on the published marts
``cli``       the command ``karakoram``, which runs the same jobs as the UI
"""
