"""Delivers submissions to their ministries.

Submissions become deliveries (`consumers.py on_submissions` → `use_cases.py plan_deliveries`). A
job hands them over (`jobs.py deliver` → `adapters/`). Results are recorded and announced
(`use_cases.py record_results`), and so are delays and blocked submissions. Operators resend or
settle deliveries (`MANUAL_ACTIONS` in `jobs.py`).
"""
