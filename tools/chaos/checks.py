"""Checks of a whole run: losses, doubles, wrong order, and records that are stuck or dead letters.

Every check compares two independent sources: the response to a citizen and
what the ministry received, what a topic contains and what its consumers did. A finding names an
application by its id and has nothing of its content.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tools.chaos.application_checks import CHECKS
from tools.chaos.applications import Finding, Wrong, observe
from tools.chaos.clicks import Click
from tools.chaos.evidence import Evidence
from tools.chaos.figures import check_figures
from tools.chaos.journeys import check_journey


def examine(clicks: Sequence[Click], evidence: Evidence) -> list[Finding]:
    """Return everything that is wrong."""
    found = [*_check_clicks(clicks), *_check_run(evidence), *_check_consumers(evidence)]
    for application in observe(clicks, evidence):
        name = application.click.application_id
        if application.view is None:
            found.append(("lost", f"{name}: it is not shown"))
            continue
        for check in (*CHECKS, check_journey):
            found += [(wrong, f"{name}: {why}") for wrong, why in check(application)]
    return found


def totals(found: Sequence[Finding]) -> Mapping[Wrong, int]:
    """Count the findings by kind."""
    return Counter(wrong for wrong, _ in found)


def _check_clicks(clicks: Sequence[Click]) -> Iterator[Finding]:
    """Every click has an application of its own."""
    answered = [click.application_id for click in clicks if click.tracking_number]
    for _ in range(len(clicks) - len(answered)):
        yield "lost", "a click without an answer"
    for name, count in Counter(answered).items():
        if count > 1:
            yield "lost", f"{name}: {count} clicks were given this one application"


def _check_run(evidence: Evidence) -> Iterator[Finding]:
    """No application is unknown or unwanted, no callback is refused, nothing still waits."""
    for name in sorted(evidence.unknown):
        yield "ministry", f"{name}: handed over, and there is no such application"
    for name in sorted(evidence.unwanted):
        yield "effects", f"{name}: one click made two applications"
    if evidence.callbacks_refused:
        yield "lost", f"{evidence.callbacks_refused} callbacks were refused"
    yield from check_figures(evidence.counted)
    yield from _check_histories(evidence.histories)
    for name, count in evidence.backlog.counts.items():
        for _ in range(count):
            yield "stuck", f"{name}: {count} wait"


def _check_histories(printed: Sequence[str]) -> Iterator[Finding]:
    """Every case of officers is as its history, replayed, gives it."""
    for line in printed[:-1]:
        yield "effects", line
    if printed and printed[-1].startswith("0 compared"):
        yield "lost", "there is no case, and officers worked"


def _check_consumers(evidence: Evidence) -> Iterator[Finding]:
    """Every consumer has handled every event, and none is a dead letter."""
    for service, seen, is_past in evidence.unhandled:
        where = f"{seen.place[0]}/{seen.place[1]}@{seen.offset}"
        wrong: Wrong = "lost" if is_past else "stuck"
        yield wrong, f"{seen.key}: {seen.type} ({where}) was not handled by {service}"
    for service, letters in evidence.dead_letters.items():
        for letter in letters:
            key = (letter.key or b"").decode("utf-8", "replace")
            yield "unexplained_dead_letters", f"{key}: {service} {letter.reason} {letter.detail}"
