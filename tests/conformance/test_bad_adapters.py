"""Adapters that break one rule each are found by the check of that rule."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from aiokafka.admin import NewTopic

from conformance import checks
from conformance.adapter import Adapter, Memory
from conformance.answers import Answer, content_faults, envelope_faults, key_faults
from conformance.pair import Pair, connected
from conformance.records import Application
from conformance.rules import Broken
from conformance.target import Target, operator_settings
from libs.ids import new_id
from libs.messaging.kafka.administering import administering
from tests.conformance import bad
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

BROKEN_RULE: Mapping[type[Adapter], str] = {
    Adapter: "",
    bad.RepeatsUnderTheSameIds: "",
    bad.AcknowledgesFirst: "",
    bad.AsksForACorrection: "",
    bad.TakesAppeals: "",
    bad.NeverDecides: "answered",
    bad.TakesAll: "alone",
    bad.RemembersTheLastOnly: "once",
    bad.RepeatsUnderNewIds: "once",
    bad.OpensOneCasePerApplicant: "once",
    bad.OneIdForAll: "ids",
    bad.DecidesWithdrawals: "order",
    bad.IsStrict: "unknown",
    bad.StumblesOverUnknownTypes: "unknown",
    bad.BeginsATrace: "trace",
    bad.HasNoSpan: "trace",
    bad.HasNoZone: "envelope",
    bad.WritesAnotherShape: "content",
    bad.WritesAMemberTwice: "limits",
    bad.WritesMuch: "limits",
    bad.NestsDeep: "limits",
    bad.HasAnotherKey: "key",
    bad.StumblesOverJson: "poison",
    bad.NeedsAValue: "poison",
    bad.ForgetsAtARestart: "restart",
}
# Broken in what one record says, which needs no broker to be found.
WRITTEN_WRONG: Mapping[type[Adapter], str] = {
    bad.HasNoTime: "envelope",
    bad.HasAClockThatLostItsTime: "envelope",
    bad.IsYearsAhead: "envelope",
    bad.HasNoSource: "envelope",
    bad.IsOfAnotherVersion: "envelope",
    bad.SaysNoContentType: "envelope",
    bad.SpeaksForAnotherMinistry: "content",
    bad.WritesALongNote: "content",
    bad.WritesAControlCharacter: "content",
    bad.HasAnotherSubject: "key",
}
FAULTS: Mapping[str, Callable[[Answer, str], Iterator[str]]] = {
    "envelope": lambda answer, _: envelope_faults(answer),
    "content": content_faults,
    "key": lambda answer, _: key_faults(answer),
}
# What is played at the same time; then what an adapter may stumble over, and answer nobody after.
TOGETHER = (
    *("answered", "alone", "once", "ids", "order", "trace"),
    *("envelope", "content", "limits", "key"),
)
_AT_ONCE = 18
# Only what never comes is waited for to the end, and meanwhile other files of tests go on.
_SILENT = {
    bad.NeverDecides, bad.IsStrict, bad.StumblesOverUnknownTypes, bad.StumblesOverJson,
    bad.NeedsAValue,
}  # fmt: skip
_SILENCE_S = 20.0
_WAIT_S = 90.0

Findings = dict[type[Adapter], dict[str, Broken]]


@pytest.fixture(scope="module")
async def findings(kafka: EmbeddedKafka) -> Findings:
    """The findings of each check at each adapter."""
    found: Findings = {kind: {} for kind in BROKEN_RULE}
    turns = asyncio.Semaphore(_AT_ONCE)
    await asyncio.gather(*(play(kind, kafka, turns, found[kind]) for kind in BROKEN_RULE))
    return found


async def play(
    kind: type[Adapter], kafka: EmbeddedKafka, turns: asyncio.Semaphore, found: dict[str, Broken]
) -> None:
    """Run all checks with one adapter; after a failure, with a new adapter on new topics."""
    left = groups_for(kind)
    while left:
        target = Target(
            kafka.bootstrap,
            f"kit-{new_id()}",
            security=operator_settings(kafka.security),
            wait_s=_SILENCE_S if kind in _SILENT else _WAIT_S,
            settle_s=0.0,
        )
        async with turns:
            await make_topics(target)
            async with running(kind, target) as restartable, connected(restartable) as pair:
                known = len(found)
                while left and len(found) == known:
                    names = left.pop(0)
                    await asyncio.gather(*(check(name, pair, found) for name in names))


async def check(name: str, pair: Pair, found: dict[str, Broken]) -> None:
    """Run one check, and store its finding."""
    try:
        await checks.run(name, pair)
    except Broken as broken:
        found[name] = broken


def groups_for(kind: type[Adapter]) -> list[Sequence[str]]:
    """The checks in groups that share an adapter."""
    restart = [("restart",)] if BROKEN_RULE[kind] in {"", "restart"} else []
    return [TOGETHER, *restart, ("unknown",), ("poison",)]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (bad.TakesAppeals, ""),
        (Adapter, "was not refused"),
        (bad.HearsNobody, "did not come"),
        (bad.SaysNoStage, "did not come"),
        (bad.HearsTwice, "several decisions"),
    ],
)
async def test_whoever_declares_objections_is_checked_with_them(
    kind: type[Adapter], wrong: str, kafka: EmbeddedKafka
) -> None:
    """Nobody else is: an adapter of before knows no such event."""
    wait_s = 4.0 if wrong == "did not come" else _WAIT_S
    security = operator_settings(kafka.security)
    target = Target(
        kafka.bootstrap, f"kit-{new_id()}", security=security, wait_s=wait_s, settle_s=0.0
    )
    await make_topics(target)
    found: dict[str, Broken] = {}
    async with running(kind, target) as restartable, connected(restartable) as pair:
        await check(checks.OF_APPEALS, pair, found)
    assert wrong in str(found.get(checks.OF_APPEALS, ""))
    assert bool(found) == bool(wrong)


def test_every_check_is_tried() -> None:
    """Each check has an adapter that fails it."""
    all_adapters = checks.CHECKS.keys() - {checks.OF_APPEALS}
    assert {name for names in groups_for(Adapter) for name in names} == all_adapters
    assert set(BROKEN_RULE.values()) == {"", *all_adapters}


@pytest.mark.parametrize("kind", BROKEN_RULE, ids=lambda kind: kind.__name__)
async def test_exactly_the_check_of_the_broken_rule_fails(
    kind: type[Adapter], findings: Findings
) -> None:
    """Each bad adapter fails the check of its rule, and no other."""
    rule = BROKEN_RULE[kind]
    assert set(findings[kind]) == ({rule} if rule else set()), findings[kind]


@pytest.mark.parametrize("kind", WRITTEN_WRONG, ids=lambda kind: kind.__name__)
def test_what_is_wrong_in_a_record_is_found_in_it(kind: type[Adapter]) -> None:
    """By the check of its rule, and by no other."""
    target = Target("nowhere:9092", "ird")
    sent = list(kind(target, Memory()).answers(Application(target).submitted()))
    answers = [Answer(each.key, each.value, each.headers) for each in sent]
    found = {
        rule
        for rule, find in FAULTS.items()
        if any(list(find(answer, target.ministry)) for answer in answers)
    }
    assert found == {WRITTEN_WRONG[kind]}


async def test_a_fault_is_explained_to_the_author(
    findings: Findings,
) -> None:
    """The message has the rule, what was seen, why it matters, and the rule's source."""
    text = str(findings[bad.HasNoZone]["envelope"])
    assert "Rule 'envelope'" in text
    assert "ce_time '2026-11-25T10:00:00' is no RFC 3339 time with a zone" in text
    assert "Why it matters: " in text
    assert "Written in: libs/contracts/schemas/asyncapi.json" in text


@asynccontextmanager
async def running(kind: type[Adapter], target: Target) -> AsyncIterator[Target]:
    """Run an adapter; yield how to restart it."""
    memory = Memory()
    tasks: list[asyncio.Task[None]] = []

    async def stop() -> None:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        tasks.clear()

    async def start() -> None:
        await stop()
        loop = asyncio.get_running_loop()
        tasks.append(loop.create_task(kind(target, memory).run()))

    await start()
    try:
        yield replace(target, restart=start)
    finally:
        await stop()


async def make_topics(target: Target) -> None:
    """Make the two topics of this run, and wait until they have leaders."""
    client = {"bootstrap_servers": target.bootstrap, **target.security}
    async with administering(client) as admin:
        await admin.create_topics([NewTopic(target.reads, 1, 1), NewTopic(target.writes, 1, 1)])

        async def have_leaders() -> bool:
            described = await admin.describe_topics([target.reads, target.writes])
            return not any(topic["error_code"] for topic in described)

        await until(have_leaders)
