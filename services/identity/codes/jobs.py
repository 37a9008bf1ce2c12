"""Periodic clean-up of one-time codes."""

from collections.abc import Callable
from datetime import datetime

from libs.component import Component
from libs.database.pool import Database
from libs.messaging.sweep import Sweep
from services.identity.codes.rules import CodePolicy
from services.identity.codes.use_cases import delete_old_codes


def code_cleanup(
    database: Database, policy: CodePolicy, *, every_s: float, clock: Callable[[], datetime]
) -> Component:
    """Return the component that deletes old challenges and address counts every so often."""
    return Sweep(
        "code-cleanup",
        lambda tx: delete_old_codes(tx, policy, clock()),
        database=database,
        every_s=every_s,
    )
