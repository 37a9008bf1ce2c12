"""Announces a delay for applications that are blocked by a dead letter."""

from functools import partial

from libs.component import Component
from libs.contracts import topics
from libs.database.pool import Database
from libs.messaging.heldup import tell_held_up
from libs.messaging.sweep import Sweep
from services.applications.lifecycle.use_cases import announce_blocked_applications


def blocked_announcer(database: Database) -> Component:
    """Announce blocked applications once per dead letter, a minute after it was written."""
    step = partial(tell_held_up, topic=topics.MINISTRIES, tell=announce_blocked_applications)
    return Sweep("announce blocked applications", step, database=database)
