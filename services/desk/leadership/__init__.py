"""The programme on one page, for the Chief Adviser's Office and the ICT Division.

Each figure has its definition, its time, and what it is of, and opens what is behind it. What is
not known says so. The page of each week is kept, and either is a file to send.
"""
