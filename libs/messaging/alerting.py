"""Old name of `libs.dead_letters.alerts`; to be deleted when nothing imports it."""

from libs.dead_letters.alerts import alert, watch

__all__ = ["alert", "watch"]
