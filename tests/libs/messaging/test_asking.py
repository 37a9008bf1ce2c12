"""One call for many rows: answers, traces and failures stay those of each row."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.messaging.asking import Asking
from libs.messaging.work import Act, Asked, Done, Work
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, current_context
from tests.libs.messaging.errands import NAME, QUICK, Errand, claim, release, set_aside

SAMPLED = [TraceContext(f"00-{number:032x}-{number:016x}-01") for number in (1, 2)]
UNSAMPLED = TraceContext(f"00-{3:032x}-{3:016x}-00")


async def nothing(_: Transaction, __: Sequence[Done[Errand, str]]) -> list[int]:
    """Record nothing: here only calls count."""
    return []


def asking(act: Act[Errand, str], *, tracing: Tracing | None = None) -> Asking[Errand, str]:
    """What asks a party that takes a hundred rows in a call."""
    work: Work[Errand, str] = Work(
        claim=claim,
        release=release,
        act=act,
        record=nothing,
        set_aside=set_aside,
        party_of=lambda errand: errand.party,
        rows_per_call=100,
    )
    return Asking(
        NAME,
        work,
        tracing=tracing or Tracing("errands"),
        metrics=Metrics("errands"),
        policy=QUICK,
        deadline_s=1.0,
    )


def rows(*traces: TraceContext | None) -> list[Errand]:
    """A row for each trace."""
    now = datetime.now(UTC)
    return [Errand(key, "mopa", 0, now, trace) for key, trace in enumerate(traces, start=1)]


async def test_each_row_has_its_own_answer() -> None:
    """A row that is refused, or not taken now, is alone with that."""

    async def act(asked: Sequence[Asked[Errand]]) -> list[str | Exception]:
        return [f"did {asked[0].row.key}", Refused("no"), Unavailable("mopa")]

    took, refused, later = await asking(act).ask("mopa", rows(None, None, None))
    assert (took.outcome, took.failure) == ("did 1", None)
    assert isinstance(refused.failure, Refused)
    assert refused.next_due_s is None
    assert isinstance(later.failure, Unavailable)
    assert later.next_due_s is not None


async def test_one_call_that_fails_is_one_failure_of_the_party() -> None:
    """A hundred rows that lost one answer do not have the party left alone; five calls do."""
    calls = 0

    async def act(_: Sequence[Asked[Errand]]) -> list[str | Exception]:
        nonlocal calls
        calls += 1
        raise Unavailable("mopa")

    under_test = asking(act)
    for _ in range(4):
        await under_test.ask("mopa", rows(*[None] * 100))
    assert under_test.left_alone() == set()
    await under_test.ask("mopa", rows(*[None] * 100))
    assert under_test.left_alone() == {"mopa"}
    (unasked,) = await under_test.ask("mopa", rows(None))
    assert (calls, unasked.counts) == (5, False)


async def test_a_party_that_answers_for_some_rows_is_not_away() -> None:
    """Only a call without any answer speaks against the party."""

    async def act(_: Sequence[Asked[Errand]]) -> list[str | Exception]:
        return ["did it", Unavailable("mopa")]

    under_test = asking(act)
    for _ in range(10):
        await under_test.ask("mopa", rows(None, None))
    assert under_test.left_alone() == set()


@pytest.mark.parametrize("answers", [0, 1, 3])
async def test_answers_that_do_not_fit_the_rows_are_our_own_defect(answers: int) -> None:
    """No row gets the answer of another."""

    async def act(_: Sequence[Asked[Errand]]) -> list[str | Exception]:
        return ["did it"] * answers

    done = await asking(act).ask("mopa", rows(None, None))
    assert [type(each.failure) for each in done] == [ValueError, ValueError]


async def test_a_call_for_many_stands_in_the_trace_of_each_that_is_sampled() -> None:
    """Each sampled row has its span, what follows goes on from there, and the call is in none."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("errands", exporter=exporter)
    inside: list[TraceContext | None] = []

    async def act(asked: Sequence[Asked[Errand]]) -> list[str | Exception]:
        inside.append(current_context())
        return [each.trace.text() if each.trace else "" for each in asked]

    done = await asking(act, tracing=tracing).ask("mopa", rows(*SAMPLED, UNSAMPLED, None))
    tracing.close()
    spans = {span.context.trace_id: span for span in exporter.get_finished_spans() if span.context}
    assert sorted(spans) == [1, 2]
    for each, number in zip(done, (1, 2), strict=False):
        parent, context = spans[number].parent, spans[number].context
        assert parent is not None
        assert context is not None
        assert parent.span_id == number
        assert each.trace is not None
        assert each.trace.span_id == f"{context.span_id:016x}"
    assert [each.outcome for each in done] == [
        each.trace.text() if each.trace else "" for each in done
    ]
    assert (done[2].trace, done[3].trace) == (UNSAMPLED, None)
    assert inside[0] is not None
    assert not inside[0].sampled
