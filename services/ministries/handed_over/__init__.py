"""Lists the submissions that a ministry has, in the order of the hand-over (decision 28).

A ministry that lost data reads them again (`routes.py read_deliveries`). Entries are deleted after
14 days.
"""
