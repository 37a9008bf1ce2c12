"""Manages the accounts of staff and their roles, and logs staff in, with a journal of the logins.

An account has a set of roles (`rules.py ROLES`): who gave each, and until which day it holds. A
session ends at the latest with the first of its roles.
"""
