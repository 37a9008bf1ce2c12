"""The list of submissions that were handed over, for a ministry that lost data."""

from datetime import timedelta
from functools import partial
from typing import Final

from libs.clock import utc_now
from libs.service import Capability, Resources
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.handed_over import routes, use_cases
from services.ministries.handed_over.position import Position
from services.ministries.settings import Settings

_DELETE_EVERY_S: Final = 60.0


def capability(
    resources: Resources, settings: Settings, adapters: Adapters, position: Position
) -> Capability:
    """Make the capability."""
    delete = partial(use_cases.delete_old, kept=timedelta(days=settings.keep_handed_over_days))
    deleting = resources.deletion("delete old deliveries", delete, every_s=_DELETE_EVERY_S)
    return Capability(
        "handed_over", routes=routes.routes, provides=[adapters], components=[position, deleting]
    )


def current_position(resources: Resources, settings: Settings) -> Position:
    """Make the component that knows the cursor of each hand-over."""
    return Position(
        resources.database, partial(routes.cursor_key, settings), utc_now, resources.metrics
    )
