"""Asks ministries for decisions if their systems only answer questions.

Each ministry is asked at its own rate. `use_cases.py record_answers` stores the answers.
"""
