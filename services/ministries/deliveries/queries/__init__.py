"""SQL of deliveries, and of the applications they belong to."""

from services.ministries.deliveries.queries.applications import (
    insert_and_lock_applications,
    lock_applications,
    lock_applications_of,
    read_confirmed_withdrawals,
    read_handed_over,
    save_applications,
)
from services.ministries.deliveries.queries.closing import (
    close_deliveries,
    requeue_deliveries,
)
from services.ministries.deliveries.queries.erasing import (
    delete_content,
    find_deliveries,
    keep_withdrawals,
    lock_all_applications,
    make_withdrawals_due,
)
from services.ministries.deliveries.queries.handed_over import (
    delete_old_content,
    read_handed_over_after,
    read_last_number,
    settle_numbers,
)
from services.ministries.deliveries.queries.queue import (
    bring_forward,
    claim_deliveries,
    insert_deliveries,
    make_due,
    make_due_again,
    read_oldest_due_age_s,
    release_claims,
    save_failures,
    take_due,
)
from services.ministries.deliveries.queries.reading import (
    mark_delay_announced,
    read_appeals,
    read_decidable_deliveries,
    read_delayed_deliveries,
    read_deliveries,
    read_delivery_ids,
    read_states,
    read_whole_delivery,
)

__all__ = [
    "bring_forward",
    "claim_deliveries",
    "close_deliveries",
    "delete_content",
    "delete_old_content",
    "find_deliveries",
    "insert_and_lock_applications",
    "insert_deliveries",
    "keep_withdrawals",
    "lock_all_applications",
    "lock_applications",
    "lock_applications_of",
    "make_due",
    "make_due_again",
    "make_withdrawals_due",
    "mark_delay_announced",
    "read_appeals",
    "read_confirmed_withdrawals",
    "read_decidable_deliveries",
    "read_delayed_deliveries",
    "read_deliveries",
    "read_delivery_ids",
    "read_handed_over",
    "read_handed_over_after",
    "read_last_number",
    "read_oldest_due_age_s",
    "read_states",
    "read_whole_delivery",
    "release_claims",
    "requeue_deliveries",
    "save_applications",
    "save_failures",
    "settle_numbers",
    "take_due",
]
