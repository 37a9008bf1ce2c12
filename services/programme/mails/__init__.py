"""Mails that wait to be sent: what they say, to whom, and whether they were sent; each once.

Other capabilities say which mails are due; `reminders` sends them, with its own, by one queue.
"""
