"""Workloads measured against a baseline in the same run: ratios, never absolute times, and never part of the tests.

Each module of this folder that has a ``run(url)`` yields ``Line``s; ``python -m bench`` runs them all on SQLite and on
PostgreSQL and prints the ratios beside the limits they are held against.
"""
