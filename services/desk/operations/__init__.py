"""What operators do each day: systems of ministries, deliveries that wait, and dead letters.

A ministry's page stops and resumes its system, tries what waits, and closes what it has in another
way. Dead letters of each service are listed, replayed and settled; whoever may, reads one in full.
A service that does not answer is a named gap. Every act needs a reason, for the journal.
"""
