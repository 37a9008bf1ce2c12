"""Sets which adapter serves a ministry, and keeps reports of the conformance kit.

A ministry's own adapter needs a passed report, or a reason why it goes live without one.
"""
