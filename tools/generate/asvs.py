"""The list of the OWASP ASVS 5.0.0, level 2, and its summary in docs/security.md."""

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = "docs/asvs.toml"
LEVELS_FILE: Final = "docs/asvs_levels.csv"
NOT_MET: Final = "not met, by decision"
NOT_THERE: Final = "not there yet"
KINDS: Final = (
    "by design", "by the operator", "documented in", "does not apply", NOT_MET, NOT_THERE,
)  # fmt: skip
"""The first words of a reason, before a colon."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement of the standard.

    Args:
        number: its number in the standard.
        level: 1 or 2; an application of level 2 meets both.
        title: what it asks for, in our own words.
        tests: the tests that show it, as `<file>::<function>`.
        reason: what no test shows, or why nothing has to; begins with one of `KINDS`.
    """

    number: str
    level: str
    title: str
    tests: tuple[str, ...] = ()
    reason: str = ""

    @property
    def kind(self) -> str:
        """The first words of the reason."""
        return self.reason.partition(":")[0]

    @property
    def state(self) -> str:
        """`shown by tests`, or the kind of the reason if there is no test or something is not met.

        Tests show a requirement also where a reason adds what they do not show.
        """
        is_shown = self.tests and self.kind not in {NOT_MET, NOT_THERE}
        return "shown by tests" if is_shown else self.kind


def read_levels(checkout: Path) -> list[tuple[str, str]]:
    """Return number and level of each requirement of levels 1 and 2, as the standard lists them."""
    with (checkout / LEVELS_FILE).open(encoding="utf-8", newline="") as file:
        return [(row["number"], row["level"]) for row in csv.DictReader(file)]


def read_requirements(checkout: Path) -> list[Requirement]:
    """Return the requirements in the order of the standard.

    Raises:
        KeyError: one is missing.
    """
    entries = _entries(checkout)["requirements"]
    return [
        Requirement(
            number,
            level,
            entries[number]["title"],
            tuple(entries[number].get("tests", ())),
            entries[number].get("reason", ""),
        )
        for number, level in read_levels(checkout)
    ]


def asvs_summary(checkout: Path) -> list[str]:
    """Return how many requirements are in which state, as lines of Markdown."""
    return [*_summary(read_requirements(checkout))]


def _entries(checkout: Path) -> dict[str, Any]:
    return tomllib.loads((checkout / FILE).read_text(encoding="utf-8"))


def _summary(requirements: Sequence[Requirement]) -> Iterator[str]:
    yield "| | level 1 | level 2 |"
    yield "| --- | --- | --- |"
    for state in ("shown by tests", *KINDS):
        levels = [requirement.level for requirement in requirements if requirement.state == state]
        yield f"| {state} | {levels.count('1')} | {levels.count('2')} |"
    for state in (NOT_MET, NOT_THERE):
        numbers = ", ".join(
            requirement.number for requirement in requirements if requirement.state == state
        )
        yield ""
        yield f"{state.capitalize()}, or only in part: {numbers or 'none'}."
