"""Rules take times and ids, and make none from the clock or by chance.

Why: import contracts keep `time` and `random` out of rules, but a library's function brings them
back. An event whose id is new each time is another event for every reader when its batch runs
twice; a rule that looks at the clock has another result for the same record at a replay.
"""

from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation

_CLOCK_OR_CHANCE = ("libs.clock", "libs.ids.new_id", "secrets", "uuid.uuid4", "uuid.uuid7")


def _find(source: Source) -> Iterator[Violation]:
    if not source.path.endswith("/rules.py"):
        return
    for name, origin in source.imported():
        if f"{origin}.".startswith(tuple(f"{each}." for each in _CLOCK_OR_CHANCE)):
            yield Violation(1, f"{name} in rules: hand in the time, or use derived_id")


RULE = Rule("no-chance-in-rules", _find)


def test_rules_make_no_times_and_no_new_ids() -> None:
    """A rule gives the same for the same values."""
    assert not RULE.broken(), RULE.broken()


@pytest.mark.parametrize(
    "text",
    [
        "from libs.ids import new_id\n",
        "from libs.clock import utc_now\n",
        "import secrets\n",
        "from uuid import uuid4\n",
    ],
)
def test_a_clock_and_chance_are_found(text: str) -> None:
    """In rules only; use cases may have both."""
    assert RULE.lines(text, "services/applications/drafts/rules.py") == [1]
    assert RULE.lines(text, "services/applications/drafts/use_cases.py") == []


def test_what_follows_from_values_is_allowed() -> None:
    """A derived id is the same each time."""
    text = "from libs.ids import derived_id\n"
    assert RULE.lines(text, "services/applications/drafts/rules.py") == []
