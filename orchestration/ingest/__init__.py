"""Fetching and keeping: HTTP client, raw snapshots, parsing, contracts, the change log.

Belongs here: everything between a publisher's URL and a typed Parquet file of changes.
Does not belong here: conversion of units or currencies, choosing between publishers, any metric (SQL does that).
"""
