"""Exchanges files with ministries that have no interface.

Due deliveries become signed batches of files (`use_cases.py make_batches`). The files that the
ministry writes back close the deliveries (`rules.py account`).
"""
