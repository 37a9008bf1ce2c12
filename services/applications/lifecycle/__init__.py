"""Changes the status of an application by one table (`TABLE` in `rules.py`).

Its triggers are ministries' events, withdrawals, and delays by the platform.
"""
