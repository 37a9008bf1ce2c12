"""Pages of officers: what waits for their duties, and a case on one page with what can be done now.

Who acts on a page of before is shown what has changed since, and nothing is done.
"""
