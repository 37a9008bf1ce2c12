"""The checks: each runs a scenario on the two topics, and reports what breaks its rule."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from conformance.answers import (
    ASKED,
    DECIDED,
    RECEIVED,
    Answer,
    content_faults,
    envelope_faults,
    key_faults,
    limit_faults,
)
from conformance.pair import Pair
from conformance.records import SAMPLED, UNSAMPLED, Application, Sent, poison
from conformance.rules import RULES, Broken

Check = Callable[[Pair], Awaitable[Sequence[str]]]


async def answered(pair: Pair) -> Sequence[str]:
    """Three citizens apply."""
    applications = [pair.apply() for _ in range(3)]
    await pair.write(*(application.submitted() for application in applications))
    return await pair.until_settled(*applications)


async def alone(pair: Pair) -> Sequence[str]:
    """One application is the other adapter's, its neighbours are this one's."""
    before, other, after = (pair.apply() for _ in range(3))
    served_by = "hosted" if pair.target.served_by == "own" else "own"
    await pair.write(before.submitted(), other.submitted(served_by=served_by), after.submitted())
    await pair.until_settled(before, after)
    await pair.quiet()
    return _silence(pair, before, after) or [
        f"{answer.type} is written about a submission whose `served_by` is {served_by!r}"
        for answer in pair.answers(other)
    ]


async def once(pair: Pair) -> Sequence[str]:
    """Records are repeated at once, after the decision, and all together from the start."""
    applications = [pair.apply() for _ in range(4)]
    for application in applications:
        record = application.submitted()
        await pair.write(record, record)
    await pair.until_settled(*applications)
    await pair.write(*applications[0].sent)
    await pair.quiet()
    await pair.write(*_interleaved([application.sent for application in applications]))
    await pair.quiet()
    return _silence(pair, *applications) or [*_doubles(pair, *applications), *_shared(pair)]


async def ids(pair: Pair) -> Sequence[str]:
    """A citizen applies; the ids of the answers are compared."""
    application = pair.apply()
    await pair.write(application.submitted())
    await pair.until_settled(application)
    types: dict[tuple[str, str], set[str]] = {}
    for answer in pair.all_answers():
        types.setdefault(answer.id, set()).add(answer.type)
    return _silence(pair, application) or [
        f"ce_id {event_id!r} of {source!r} stands for {' and '.join(sorted(several))}"
        for (source, event_id), several in types.items()
        if len(several) > 1
    ]


async def order(pair: Pair) -> Sequence[str]:
    """Applications are interleaved; some are withdrawn at once, some after their decision."""
    staying, leaving, late = ([pair.apply() for _ in range(2)] for _ in range(3))
    everyone = [*staying, *leaving, *late]
    await pair.write(*_interleaved([[application.submitted()] for application in everyone]))
    await pair.write(*(application.withdrawn() for application in leaving))
    await pair.until_settled(*staying, *late)
    await pair.write(*(application.withdrawn() for application in late))
    await pair.quiet()
    return _silence(pair, *everyone) or _doubles(pair, *everyone)


async def unknown(pair: Pair) -> Sequence[str]:
    """Fields, headers and an event type that the adapter does not know."""
    fields, headers, after = pair.apply(), pair.apply(), pair.apply()
    stranger = Application(pair.target)
    await pair.write(
        fields.submitted(urgency={"level": 3}, remarks=["new"]),
        headers.submitted().with_headers(ce_dataschema=b"urn:later", nagorik_shard=b"7"),
        stranger.unknown_type(),
        after.submitted(),
    )
    written = {
        "a submission with unknown fields": fields,
        "a submission with unknown headers": headers,
        "a submission after an event of unknown type": after,
    }
    found = [
        f"{what} is not answered"
        for what, application in written.items()
        if not await pair.until_answered(application)
    ]
    found += [
        f"{answer.type} is written about an event of unknown type"
        for answer in pair.answers(stranger)
    ]
    return found


async def poisoned(pair: Pair) -> Sequence[str]:
    """Each kind of unreadable record is followed by a valid submission."""
    for what, record in poison(pair.target):
        application = pair.apply()
        await pair.write(record, application.submitted())
        if not await pair.until_answered(application):
            return [f"after {what} the next good submission is not answered"]
    return []


async def trace(pair: Pair) -> Sequence[str]:
    """One citizen's trace is sampled, another's is not."""
    found: list[str] = []
    for flags in (SAMPLED, UNSAMPLED):
        application = pair.apply(flags=flags)
        await pair.write(application.submitted())
        await pair.until_settled(application)
        found += _silence(pair, application)
        for answer in pair.answers(application):
            found += _trace_faults(answer, application)
    return found


async def restarted(pair: Pair) -> Sequence[str]:
    """The adapter is restarted, and gets its submissions again."""
    applications = [pair.apply() for _ in range(3)]
    await pair.write(*(application.submitted() for application in applications))
    await pair.until_settled(*applications)
    if pair.target.restart is not None:
        await pair.target.restart()
    after = pair.apply()
    await pair.write(
        *_interleaved([application.sent for application in applications]), after.submitted()
    )
    await pair.until_settled(after)
    await pair.quiet()
    return _silence(pair, *applications, after) or _doubles(pair, *applications)


def on_each_answer(find: Callable[[Answer, str], Sequence[str]]) -> Check:
    """Check all records so far, and those of one more application."""

    async def check(pair: Pair) -> Sequence[str]:
        application = pair.apply()
        await pair.write(application.submitted())
        await pair.until_settled(application)
        faults = Counter(
            fault for answer in pair.all_answers() for fault in find(answer, pair.target.ministry)
        )
        return [*_silence(pair, application), *faults]

    return check


async def appealed(pair: Pair) -> Sequence[str]:
    """A refused citizen objects, and the objection comes twice."""
    application = pair.apply()
    await pair.write(application.submitted())
    await pair.until_settled(application)
    await pair.until(lambda: DECIDED in pair.types(application))  # by an officer, if they decide
    refused = [answer.fields for answer in pair.answers(application) if answer.type == DECIDED]
    if not any(each.get("outcome") == "refused" and each.get("appeal_days") for each in refused):
        return ["the kit's application was not refused with `appeal_days`: refuse it for this rule"]
    objection = application.appealed()
    await pair.write(objection)
    came = await pair.until(lambda: bool(_of_appeal(pair, application)))
    await pair.write(objection)
    await pair.quiet()
    found = _of_appeal(pair, application)
    if not came:
        return [f"{DECIDED} of `stage` `appeal` did not come after submission_appealed"]
    if len({answer.id for answer in found}) > 1:
        return ["one objection has several decisions, each under its own ce_id"]
    if found[0].id in {a.id for a in pair.answers(application) if a not in found}:
        return ["the decision about the objection has the ce_id of the first one"]
    return []


def _of_appeal(pair: Pair, application: Application) -> list[Answer]:
    return [
        answer
        for answer in pair.answers(application)
        if answer.type == DECIDED and answer.fields.get("stage") == "appeal"
    ]


CHECKS: Mapping[str, Check] = {
    "answered": answered,
    "alone": alone,
    "once": once,
    "ids": ids,
    "order": order,
    "unknown": unknown,
    "trace": trace,
    "envelope": on_each_answer(lambda answer, _: list(envelope_faults(answer))),
    "content": on_each_answer(lambda answer, ministry: list(content_faults(answer, ministry))),
    "limits": on_each_answer(lambda answer, _: list(limit_faults(answer))),
    "key": on_each_answer(lambda answer, _: list(key_faults(answer))),
    "poison": poisoned,
    "restart": restarted,
    "appealed": appealed,
}

OF_APPEALS: Final = "appealed"
"""The check of an adapter that declares that it takes objections; the others are not checked."""


async def run(name: str, pair: Pair) -> None:
    """Run one check.

    Raises:
        Broken: the adapter breaks its rule.
    """
    if found := await CHECKS[name](pair):
        raise Broken(RULES[name], found)


def _silence(pair: Pair, *applications: Application) -> list[str]:
    """Fail if there is no answer to check."""
    silent = sum(not pair.answers(application) for application in applications)
    return [f"nothing is answered to {silent} of {len(applications)} applications"] * bool(silent)


def _doubles(pair: Pair, *applications: Application) -> list[str]:
    return [fault for application in applications for fault in doubles(pair, application)]


def _shared(pair: Pair) -> list[str]:
    """Return signs that one case file stands for several applications; all are of one citizen."""
    given: dict[str, set[str]] = {}
    for application in pair.applications:
        for answer in pair.answers(application):
            if number := answer.fields.get("case_file_number"):
                given.setdefault(str(number), set()).add(application.application_id)
    return [
        f"{len(ids)} applications have one case file number"
        for ids in given.values()
        if len(ids) > 1
    ]


def doubles(pair: Pair, application: Application) -> list[str]:
    """Return signs that an application was handed over or decided more than once."""
    answers = pair.answers(application)
    found: list[str] = []
    decisions = {answer.id for answer in answers if answer.type == DECIDED}
    if len(decisions) > 1:
        found.append(f"one application has {len(decisions)} decisions, each under its own ce_id")
    files = {number for answer in answers if (number := answer.fields.get("case_file_number"))}
    if len(files) > 1:
        found.append(f"one application has {len(files)} case files: it was handed over again")
    written = {
        (answer.content, answer.id) for answer in answers if answer.type in {RECEIVED, ASKED}
    }
    again = Counter(content for content, _ in written)
    found += [
        f"{number} times the same {RECEIVED} or {ASKED}, each under its own ce_id, for"
        f" {application.submissions} submission(s)"
        for number in again.values()
        if number > application.submissions
    ]
    return found


def _trace_faults(answer: Answer, application: Application) -> list[str]:
    context = answer.traceparent
    if context is None:
        return [f"{answer.type} has no valid traceparent"]
    trace_id, span_id, flags = context.groups()
    found: list[str] = []
    if trace_id != application.trace_id:
        found.append(f"{answer.type} is in another trace than its submission")
    if flags != application.flags:
        found.append(f"{answer.type} has flags {flags}, its submission {application.flags}")
    sent = {dict(record.headers)["traceparent"].split(b"-")[2] for record in application.sent}
    if application.flags == SAMPLED and span_id.encode() in sent:
        found.append(f"{answer.type} names the submission's span: a span of your own is missing")
    return found


def _interleaved(sequences: Sequence[Sequence[Sent]]) -> list[Sent]:
    """Shuffle records of several applications repeatably; each application's stay in order."""
    turns = [index for index, sequence in enumerate(sequences) for _ in sequence]
    random.Random(1).shuffle(turns)  # noqa: S311
    rest = [iter(sequence) for sequence in sequences]
    return [next(rest[turn]) for turn in turns]
