"""Turns events of applications into messages, and shows their states to the citizen.

Messages are written by `consumers.py on_application_events` → `use_cases.py write_messages`. Their
texts are in `templates.py`, the length of texts in `segments.py`; `routes.py` shows the states.
"""
