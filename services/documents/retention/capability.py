"""Deletes papers at the end of their time, and scans them again until then."""

from datetime import timedelta
from functools import partial

from libs.clock import Clock
from libs.component import Component
from libs.periodic import Periodic, deletion
from libs.service import Capability, Resources
from services.documents.locker.content import Contents
from services.documents.retention import consumers, jobs
from services.documents.scanning.clamd import Scanner
from services.documents.settings import Settings


def capability(
    resources: Resources, settings: Settings, contents: Contents, scanner: Scanner, clock: Clock
) -> Capability:
    """Make the capability, with its periodic work."""
    database = resources.database
    sweep = jobs.Sweep(
        database,
        contents.store,
        settings.scratch,
        clock,
        timedelta(seconds=settings.orphans_after_s),
    )
    again = jobs.ScanAgain(database, contents, scanner, resources.metrics, clock)
    components: list[Component] = [
        deletion(
            "delete ended papers",
            database,
            partial(jobs.delete_ended, clock=clock),
            metrics=resources.metrics,
            every_s=settings.delete_every_s,
        ),
        Periodic(
            "delete objects without a row",
            sweep.sweep,
            metrics=resources.metrics,
            every_s=settings.sweep_every_s,
        ),
    ]
    if settings.scanner:
        components.append(
            Periodic(
                "scan papers again",
                again.scan,
                metrics=resources.metrics,
                every_s=settings.scan_again_every_s,
            )
        )
    return Capability(
        "retention",
        consumers=consumers.router,
        components=components,
    )
