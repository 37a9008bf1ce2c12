"""What the evidence says: lost, doubled, out of order, stuck, put aside. Pure: it looks, no more.

Every rule compares two witnesses that do not know of each other: what a citizen was told and what
her ministry received, what a topic says and what its readers did, what a timeline says and what was
published. A finding names the application by its id, never by anything of its content.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tools.chaos.case_checks import CASE_CHECKS
from tools.chaos.cases import Finding, Wrong, cases_of
from tools.chaos.crowd import Click
from tools.chaos.evidence import Evidence
from tools.chaos.message_checks import MESSAGE_CHECKS


def examine(clicks: Sequence[Click], evidence: Evidence) -> list[Finding]:
    """Return everything that is wrong."""
    found = [*_of_clicks(clicks), *_of_all(evidence)]
    for case in cases_of(clicks, evidence):
        if case.view is None:
            found.append(("lost", f"{case.name}: it is not shown"))
            continue
        for check in (*CASE_CHECKS, *MESSAGE_CHECKS):
            found += [(wrong, f"{case.name}: {why}") for wrong, why in check(case)]
    return found


def _of_clicks(clicks: Sequence[Click]) -> Iterator[Finding]:
    """Every click has an application, and each its own."""
    answered = [click.application_id for click in clicks if click.tracking_number]
    for _ in range(len(clicks) - len(answered)):
        yield "lost", "a click without an answer"
    for name, count in Counter(answered).items():
        if count > 1:
            yield "lost", f"{name}: {count} clicks were given this one application"


def _of_all(evidence: Evidence) -> Iterator[Finding]:
    """What is wrong beside single applications."""
    for name in sorted(evidence.ghosts):
        yield "ministry", f"{name}: handed over, and there is no such application"
    for name in sorted(evidence.surplus):
        yield "effects", f"{name}: one click made two applications"
    if evidence.books.owed_refused:
        yield "lost", f"{evidence.books.owed_refused} callbacks were refused"
    for name, count in evidence.waiting.counts.items():
        for _ in range(count):
            yield "stuck", f"{name}: {count} wait"
    yield from _of_readers(evidence)


def _of_readers(evidence: Evidence) -> Iterator[Finding]:
    """Every event has been handled by every reader, and none was put aside."""
    for reader, seen, is_past in evidence.unhandled:
        where = f"{seen.place[0]}/{seen.place[1]}@{seen.offset}"
        wrong: Wrong = "lost" if is_past else "stuck"
        yield wrong, f"{seen.key}: {seen.type} ({where}) was not handled by {reader}"
    for service, letters in evidence.letters.items():
        for letter in letters:
            key = (letter.key or b"").decode("utf-8", "replace")
            yield "unexplained_dead_letters", f"{key}: {service} {letter.reason} {letter.detail}"


def totals(found: Sequence[Finding]) -> Mapping[Wrong, int]:
    """Count what is wrong, by kind."""
    return Counter(wrong for wrong, _ in found)
