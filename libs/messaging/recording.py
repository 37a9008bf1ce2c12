"""Old place of `libs.dead_letters.use_cases.keep_jobs`; to be deleted when nothing imports it."""

from libs.messaging.failedrow import keep_failed

__all__ = ["keep_failed"]
