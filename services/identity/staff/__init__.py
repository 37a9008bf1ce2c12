"""Manages the accounts of staff, and logs staff in, with a journal of the logins."""
