"""What was measured or tried at centres and offices, dated, with its evidence, for 90 days.

Rows are only added. Of a kind the newest day counts, and of a day what was recorded last.
"""
