"""All SQL of notifications, one function per statement."""

from services.notifications.store.contacts import (
    cancel_messages_of_erased,
    hold_contacts,
    make_due,
    save_contacts,
    save_public_services,
)
from services.notifications.store.outcomes import (
    Retry,
    delete_old_messages,
    forget_codes,
    hold_back_later_messages,
    lock_progress,
    read_whole,
    requeue_messages,
    save_progress,
    save_retries,
)
from services.notifications.store.queue import (
    SEND_CODES,
    SEND_MESSAGES,
    claim_codes,
    claim_messages,
    close_expired_codes,
    insert_codes,
    insert_messages,
    release,
)

__all__ = [
    "SEND_CODES",
    "SEND_MESSAGES",
    "Retry",
    "cancel_messages_of_erased",
    "claim_codes",
    "claim_messages",
    "close_expired_codes",
    "delete_old_messages",
    "forget_codes",
    "hold_back_later_messages",
    "hold_contacts",
    "insert_codes",
    "insert_messages",
    "lock_progress",
    "make_due",
    "read_whole",
    "release",
    "requeue_messages",
    "save_contacts",
    "save_progress",
    "save_public_services",
    "save_retries",
]
