"""Decisions of ministries, by signed callback."""

from functools import partial
from typing import Final

from libs.service import Capability, Resources
from services.ministries.decisions import routes, use_cases
from services.ministries.decisions.routes import CallbackGroup
from services.ministries.settings import Settings

_DELETE_EVERY_S: Final = 60.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability."""
    record = partial(use_cases.record_callbacks, tracing=resources.tracing)
    group = CallbackGroup("decisions", resources.database, record)
    delete = partial(use_cases.delete_old_calls, older_than_days=settings.keep_calls_days)
    deleting = resources.deletion("delete old calls", delete, every_s=_DELETE_EVERY_S)
    return Capability(
        "decisions", routes=routes.routes, provides=[group], components=[group, deleting]
    )
