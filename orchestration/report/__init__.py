"""The report: one HTML file that shows a pair's relationship, with the query behind every number.

What belongs here: the page's queries (``queries/``, plain SQL on the published marts), its charts (Altair, drawn as SVG
while the page is written), its sentences (``templates/``) and how numbers read. What does not: arithmetic, limits and
facts, which stand in the warehouse. The page runs no script and loads nothing: it opens from disk, offline, for ever.

A section whose mart is missing or empty says so; it is never filled with anything else.
"""
