"""All SQL of identity: one function per statement, lists in and out."""

from services.identity.store.challenges import (
    count_addresses,
    forget_address_windows,
    forget_challenges,
    lock_challenges,
    open_challenges,
    save_challenges,
    save_tries,
)
from services.identity.store.citizens import add_citizens, lock_citizen, read_citizen, save_citizen
from services.identity.store.keys import add_key, hold_keys, read_keys, remove_keys
from services.identity.store.sessions import (
    add_sessions,
    end_sessions,
    forget_sessions,
    lock_sessions,
    save_sessions,
)
from services.identity.store.staff import add_audit, add_staff, lock_staff, save_staff

__all__ = [
    "add_audit",
    "add_citizens",
    "add_key",
    "add_sessions",
    "add_staff",
    "count_addresses",
    "end_sessions",
    "forget_address_windows",
    "forget_challenges",
    "forget_sessions",
    "hold_keys",
    "lock_challenges",
    "lock_citizen",
    "lock_sessions",
    "lock_staff",
    "open_challenges",
    "read_citizen",
    "read_keys",
    "remove_keys",
    "save_challenges",
    "save_citizen",
    "save_sessions",
    "save_staff",
    "save_tries",
]
