"""The last step: from the private build to an immutable file that everybody reads.

Belongs here: copying, verifying, flipping the pointer, pruning old files, the lock of the one writer.
Does not belong here: deciding whether the data is good (dbt tests and the checks do, before this step).
"""
