"""The programme on one page, for the Chief Adviser's Office and the ICT Division.

Each figure has its definition, its time, and what it is of; what is not known says so.
"""
