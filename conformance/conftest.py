"""The kit's options, and the adapter that they name."""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import CHECKS, OF_APPEALS
from conformance.pair import Pair, connected
from conformance.report import in_words, report_of
from conformance.target import OPTIONS, Target, is_given, target_of


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name the adapter and its topics."""
    group = parser.getgroup("conformance", "the adapter under test (conformance/README.md)")
    for name, about in OPTIONS.items():
        group.addoption(f"--{name}", help=about, default="")
    group.addoption(
        "--appeals", action="store_true", help="the adapter takes objections to refusals"
    )
    group.addoption(
        "--undecided", action="store_true", help="officers decide, the adapter alone does not"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test per rule; without a restart command that rule is skipped.

    Raises:
        UsageError: the options name no adapter.
    """
    given = _given(metafunc.config)
    if not is_given(given):
        raise pytest.UsageError("--bootstrap or --from-state is needed: where is the adapter?")
    left_out = set() if given["restart-command"] else {"restart"}
    if not metafunc.config.getoption("appeals", default=False):
        left_out.add(OF_APPEALS)
    names = [name for name in CHECKS if name not in left_out]
    metafunc.parametrize("rule", names)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the result of each rule for people, and write it for programs."""
    given = _given(config)
    if not is_given(given):
        return
    takes_appeals = config.getoption("appeals", default=False)
    report = report_of(
        given["ministry"],
        terminalreporter.stats,
        datetime.now(UTC),
        takes_appeals=bool(takes_appeals),
    )
    terminalreporter.write_line(in_words(report))
    if given["report"]:
        Path(given["report"]).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Target:
    """The adapter that the options name."""
    undecided = request.config.getoption("undecided", default=False)
    password = os.environ.get("CONFORMANCE_PASSWORD", "")  # noqa: TID251
    return target_of(_given(request.config), password=password, decides=not undecided)


@pytest.fixture(scope="module")
async def pair(target: Target) -> AsyncIterator[Pair]:
    """The platform's end of the two topics."""
    async with connected(target) as pair:
        yield pair


def _given(config: pytest.Config) -> dict[str, str]:
    return {name: str(config.getoption(name.replace("-", "_"), default="")) for name in OPTIONS}
