"""Stores PDFs that ministries bring as papers about their decisions, as they came.

Each is checked as a citizen's paper is, and refused where that would lose something. One that no
decision has issued within 37 days is gone; of an erased citizen each is.
"""
