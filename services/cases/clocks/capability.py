"""Clocks of steps, and of corrections."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.periodic import Periodic
from libs.service import Capability, Resources
from services.cases.calendar import use_cases as calendars
from services.cases.clocks import use_cases
from services.cases.clocks.corrections import Corrections
from services.cases.settings import Settings

_CORRECTIONS_EVERY_S: Final = 60.0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability; it looks for clocks that have run out every few seconds."""
    corrections = Corrections(resources, limit=settings.clocks_at_once)

    async def of_steps(tx: Transaction) -> int:
        return await use_cases.run_out(
            tx,
            use_cases.OF_STEPS,
            at=utc_now(),
            limit=settings.clocks_at_once,
        )

    async def of_corrections() -> int:
        return await corrections.run_out(utc_now())

    async def days(tx: Transaction) -> int:
        return await use_cases.move_days(tx, at=utc_now(), limit=settings.clocks_at_once)

    mover = resources.periodic("days of cases", days, every_s=settings.clocks_every_s)
    resources.database.on_notification(calendars.CALENDAR_CHANGED, mover.wake)
    return Capability(
        "clocks",
        components=[
            mover,
            resources.periodic("clocks of steps", of_steps, every_s=settings.clocks_every_s),
            Periodic(
                "clocks of corrections",
                of_corrections,
                metrics=resources.metrics,
                every_s=_CORRECTIONS_EVERY_S,
            ),
        ],
    )
