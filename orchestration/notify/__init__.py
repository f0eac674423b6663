"""Telling people: what changed between two published warehouses, told once to every channel and kept in a feed.

The flow inside: ``states`` (what changed) → ``messages`` (how it is said) → ``outbox`` (what is still to be told, on
disk before anything is sent) → ``channels`` (Apprise) and ``feed`` (Atom); ``telling`` runs it. Nothing here decides
what a breach is: that is the mart ``threshold_status``. A channel that is down never fails a refresh.
"""
