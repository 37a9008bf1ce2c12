"""A call for many jobs: answers, traces and failures belong to single jobs."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.encryption import Forged
from libs.errors import Refused, Unavailable
from libs.jobs.dispatch import Dispatcher
from libs.jobs.job import Attempt, Call
from libs.jobs.retry import RetryPolicy
from libs.jobs.throttle import Throttle
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context
from tests.libs.jobs.scenes import QUICK, Destination, Errand, errand_type
from tests.waiting import until

SAMPLED = [TraceContext(f"00-{number:032x}-{number:016x}-01") for number in (1, 2)]
UNSAMPLED = TraceContext(f"00-{3:032x}-{3:016x}-00")


def dispatcher(
    call: Call[Errand, str],
    *,
    tracing: Tracing | None = None,
    policy: RetryPolicy = QUICK,
    metrics: Metrics | None = None,
) -> Dispatcher[Errand, str]:
    """The dispatcher of a destination that takes a hundred jobs in a call."""
    return Dispatcher(
        replace(errand_type(Destination(), jobs_per_call=100), call=call),
        tracing=tracing or Tracing("errands"),
        metrics=metrics or Metrics("errands"),
        policy=policy,
        deadline_s=1.0,
        throttle=Throttle(None, calls_at_once=16, clock=time.monotonic),
        destinations=["mopa"],
    )


def jobs(*traces: TraceContext | None) -> list[Errand]:
    """A job for each trace."""
    now = datetime.now(UTC)
    return [Errand(key, "mopa", 0, now, trace) for key, trace in enumerate(traces, start=1)]


async def test_each_job_has_its_own_answer() -> None:
    """A refused job does not affect the others."""

    async def call(attempts: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [f"did {attempts[0].job.key}", Refused("no"), Unavailable("mopa")]

    took, refused, later = await dispatcher(call).dispatch("mopa", jobs(None, None, None))
    assert (took.outcome, took.failure) == ("did 1", None)
    assert isinstance(refused.failure, Refused)
    assert refused.retry_in_s is None
    assert isinstance(later.failure, Unavailable)
    assert later.retry_in_s is not None


async def test_one_failed_call_is_one_failure_of_the_destination() -> None:
    """A hundred jobs that lost one answer do not open the breaker; five calls do."""
    calls = 0

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        nonlocal calls
        calls += 1
        raise Unavailable("mopa")

    under_test = dispatcher(call)
    for _ in range(4):
        await under_test.dispatch("mopa", jobs(*[None] * 100))
    assert under_test.open_circuits() == set()
    await under_test.dispatch("mopa", jobs(*[None] * 100))
    assert under_test.open_circuits() == {"mopa"}
    assert [each.failure for each in under_test.calls()] == ["Unavailable"]
    (result,) = await under_test.dispatch("mopa", jobs(None))
    assert (calls, result.counts) == (5, False)


async def test_the_circuit_of_each_destination_is_shown() -> None:
    """From the start, while it is not called, and after its return."""
    answers: list[str] = []
    metrics = Metrics("errands")
    name = 'nagorik_circuit_open{destination="mopa",queue="errands",service="errands"}'

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [answers.pop() if answers else Unavailable("mopa")]

    under_test = dispatcher(call, metrics=metrics)
    assert f"{name} 0.0" in metrics.render().decode()
    for _ in range(5):
        await under_test.dispatch("mopa", jobs(None))
    assert f"{name} 1.0" in metrics.render().decode()
    answers.append("did it")
    await until(lambda: _is_asked_again(under_test, answers))
    assert f"{name} 0.0" in metrics.render().decode()


async def _is_asked_again(under_test: Dispatcher[Errand, str], answers: Sequence[str]) -> bool:
    await under_test.dispatch("mopa", jobs(None))
    return not answers


async def test_what_alerts_count_begins_at_zero() -> None:
    """Of each destination that is named: a series that begins at one has no increase."""
    metrics = Metrics("errands")

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        raise NotImplementedError

    dispatcher(call, metrics=metrics)
    shown = metrics.render().decode()
    for name in ("jobs_failed", "job_attempts_failed"):
        lines = [line for line in shown.splitlines() if line.startswith(f"nagorik_{name}_total")]
        assert lines
        assert all('"mopa"' in line and line.endswith(" 0.0") for line in lines)


async def test_a_destination_that_answers_for_some_jobs_is_not_away() -> None:
    """Only a call without any answer counts against the destination."""

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return ["did it", Unavailable("mopa")]

    under_test = dispatcher(call)
    for _ in range(10):
        await under_test.dispatch("mopa", jobs(None, None))
    assert under_test.open_circuits() == set()


async def test_damaged_rows_do_not_count_against_the_destination() -> None:
    """Nothing was sent; each is a dead letter, and ten of them do not open the breaker."""

    async def call(attempts: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [Forged("changed") for _ in attempts]

    under_test = dispatcher(call)
    for _ in range(10):
        (result,) = await under_test.dispatch("mopa", jobs(None))
        assert (result.retry_in_s, result.counts) == (None, False)
    assert under_test.open_circuits() == set()


async def test_refusals_in_a_row_hold_the_destination() -> None:
    """After five that are alike nothing is refused for good, until something else is answered."""
    said: list[str | Exception] = []

    async def call(attempts: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [said.pop(0) for _ in attempts]

    async def final(*answers: str | Exception) -> list[bool]:
        said.extend(answers)
        results = await under_test.dispatch("mopa", jobs(*[None] * len(answers)))
        return [job_result.retry_in_s is None for job_result in results]

    under_test, no = dispatcher(call), Refused("no", "sender unknown")
    assert await final(*[no] * 3) == [True] * 3
    assert await final(Unavailable("mopa"), *[no] * 200) == [False, True, True, *[False] * 198]
    assert await final("did it", *[no] * 6) == [True] * 6 + [False]
    assert await final(Refused("no", "text too long"), no) == [True, True]
    await final(*[no] * 4)
    for _ in range(5):
        assert under_test.open_circuits() == set()
        results = await final(*[no] * 100)
        assert not any(results)
    assert under_test.open_circuits() == {"mopa"}


async def test_refusals_of_what_strangers_choose_hold_nobody() -> None:
    """Where the policy says so, each refusal is final."""

    async def call(attempts: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [Refused("no") for _ in attempts]

    under_test = dispatcher(call, policy=replace(QUICK, refusals_in_row=None))
    results = await under_test.dispatch("mopa", jobs(*[None] * 100))
    assert {type(job_result.failure) for job_result in results} == {Refused}


@pytest.mark.parametrize("answers", [0, 1, 3])
async def test_answers_that_do_not_fit_the_jobs_are_our_own_defect(answers: int) -> None:
    """A wrong number of answers is a defect for every job."""

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return ["did it"] * answers

    results = await dispatcher(call).dispatch("mopa", jobs(None, None))
    assert [type(result.failure) for result in results] == [ValueError, ValueError]


async def test_a_job_that_fails_for_good_has_its_span_in_an_unsampled_trace() -> None:
    """An attempt that is repeated has none."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("errands", exporter=exporter)

    async def call(_: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        return [Refused("no"), Unavailable("mopa")]

    await dispatcher(call, tracing=tracing).dispatch("mopa", jobs(UNSAMPLED, UNSAMPLED))
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.context.trace_id == 3
    assert (span.attributes or {})["error.type"] == "Refused"


async def test_a_call_for_many_stands_in_the_trace_of_each_that_is_sampled() -> None:
    """Each sampled job has its span, its events follow from there, and the call is in none."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("errands", exporter=exporter)
    inside: list[TraceContext | None] = []

    async def call(attempts: Sequence[Attempt[Errand]]) -> list[str | Exception]:
        inside.append(current_context())
        return [attempt.trace.text() if attempt.trace else "" for attempt in attempts]

    results = await dispatcher(call, tracing=tracing).dispatch(
        "mopa", jobs(*SAMPLED, UNSAMPLED, None)
    )
    tracing.close()
    spans = {span.context.trace_id: span for span in exporter.get_finished_spans() if span.context}
    assert sorted(spans) == [1, 2]
    for result, number in zip(results, (1, 2), strict=False):
        parent, context = spans[number].parent, spans[number].context
        assert parent is not None
        assert context is not None
        assert parent.span_id == number
        assert result.trace is not None
        assert result.trace.span_id == f"{context.span_id:016x}"
    assert [result.outcome for result in results] == [
        result.trace.text() if result.trace else "" for result in results
    ]
    assert (results[2].trace, results[3].trace) == (UNSAMPLED, None)
    assert inside[0] is not None
    assert not inside[0].sampled
