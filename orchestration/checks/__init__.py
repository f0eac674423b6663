"""Three kinds of check, never mixed.

* contract: bad data; quarantined by ``orchestration.ingest``, or it fails a dbt test, which blocks publication
* currency: late data; a warning (``currency``)
* threshold: a finding about the world; a warning that never blocks anything (``thresholds``)
"""
