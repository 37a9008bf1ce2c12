"""Notices about accounts and mandates."""

from functools import partial

from libs.service import Capability, Resources
from services.notifications.notices import use_cases


def capability(resources: Resources, *, tidy_every_s: float) -> Capability:
    """Make the capability."""
    close = partial(use_cases.close_expired_notices, metrics=resources.metrics)
    closer = resources.periodic("close expired notices", close, every_s=tidy_every_s)
    return Capability("notices", components=[closer], manual_actions=use_cases.MANUAL_ACTIONS)
