"""Pages on which what public services are is published by two.

A ministry's editor writes and proposes it, a publisher of the platform approves it from a day on.
Either of them alone closes a service, or sends people to its office for the fee.
"""
