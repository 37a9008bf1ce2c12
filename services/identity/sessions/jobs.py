"""Periodic clean-up of sessions."""

from libs.component import Component
from libs.database.pool import Database
from libs.messaging.sweep import Sweep
from services.identity.sessions.use_cases import delete_expired_sessions


def session_cleanup(database: Database, *, every_s: float) -> Component:
    """Return the component that deletes expired sessions every so often."""
    return Sweep("session-cleanup", delete_expired_sessions, database=database, every_s=every_s)
