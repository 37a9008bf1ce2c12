"""Submissions of applications and of corrections."""

from libs.clock import utc_now
from libs.database.group import GroupCommit
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.settings import Settings
from services.applications.submissions import routes, use_cases

_DELETE_EVERY_S = 60.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability, with group commits and periodic deletion of old responses."""
    group = GroupCommit(
        "submit", resources.database, use_cases.submit_batch, max_items=settings.group_limit
    )

    async def delete(tx: Transaction) -> int:
        await use_cases.delete_responses(tx, at=utc_now(), kept_days=settings.responses_kept_days)
        return 0  # so that the next deletion is a minute later

    return Capability(
        "submissions",
        routes=routes.routes,
        provides=[group],
        components=[
            group,
            resources.deletion("delete stored responses", delete, every_s=_DELETE_EVERY_S),
        ],
    )
