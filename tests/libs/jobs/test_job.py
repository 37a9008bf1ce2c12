from datetime import UTC, datetime

from libs.jobs import Attempt, one_per_call
from tests.libs.jobs.scenes import Destination, Errand, errand_type


def errand(key: int, destination: str) -> Errand:
    return Errand(key, destination, 0, datetime.now(UTC), None)


async def did(job: Errand) -> str:
    return f"did {job.key}"


def test_a_call_is_for_jobs_of_one_destination_and_not_too_many() -> None:
    """Jobs keep their order within a destination, and all are in a call."""
    job_type = errand_type(Destination(), jobs_per_call=2)
    destinations = ["a", "b", "a", "a", "b", "a", "a"]
    calls = job_type.group_into_calls([errand(*each) for each in enumerate(destinations)])
    assert [[job.key for job in jobs] for jobs in calls] == [[0, 2], [3, 5], [6], [1, 4]]


async def test_a_function_of_one_job_serves_as_a_call() -> None:
    """A function of one job becomes a call for that job."""
    assert await one_per_call(did)([Attempt(errand(7, "a"), None)]) == ["did 7"]
