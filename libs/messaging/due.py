"""Old name of `libs.jobs.runner`; to be deleted when nothing imports it."""

from typing import Any

from libs.jobs.job import JobT, Outcome
from libs.jobs.runner import JobRunner
from libs.messaging.work import Work


class Worker(JobRunner[JobT, Outcome]):
    """Old name of `JobRunner`."""

    def __init__(
        self,
        name: str,
        work: Work[JobT, Outcome],
        *,
        concurrency_per_party: int = 16,
        **more: Any,
    ) -> None:
        super().__init__(work.job_type(name), calls_per_destination=concurrency_per_party, **more)
