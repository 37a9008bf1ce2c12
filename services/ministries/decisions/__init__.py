"""Takes decisions from ministries' systems, by signed callbacks.

`routes.py` gives them to `use_cases.py record_callbacks`.
"""
