"""Old place of `libs.backoff` and `libs.jobs.retry`; to be deleted when nothing imports it."""

from libs.backoff import Backoff
from libs.jobs.retry import RetryPolicy

__all__ = ["Backoff", "RetryPolicy"]
