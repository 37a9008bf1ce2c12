"""Pages on which two people publish workflows, tariffs, days off, connections and offices.

One person writes a draft, sees what is wrong with it and where, tries a workflow on a sample case,
and proposes it. Another one publishes it; its own content says from which day on it holds.
"""
