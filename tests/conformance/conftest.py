"""The kit's options, and the adapter under test: the given one, or ours."""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.checks import CHECKS
from tests.conformance.pair import Pair, connected
from tests.conformance.report import in_words, report_of
from tests.conformance.target import OPTIONS, Target, is_given, target_of

_OWN_TESTS = Path(__file__).parent / "own"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name the adapter and its topics."""
    group = parser.getgroup("conformance", "the adapter under test (tests/conformance/README.md)")
    for name, about in OPTIONS.items():
        group.addoption(f"--{name}", help=about, default="")
    group.addoption(
        "--undecided", action="store_true", help="officers decide, the adapter alone does not"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the kit's own tests if another adapter is checked."""
    return True if collection_path == _OWN_TESTS and is_given(_given(config)) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test per rule; without a restart command that rule is skipped."""
    if "rule" in metafunc.fixturenames:
        given = _given(metafunc.config)
        restartable = not is_given(given) or given["restart-command"]
        metafunc.parametrize("rule", [name for name in CHECKS if restartable or name != "restart"])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what was found of each rule for people, and write it for programs."""
    given = _given(config)
    if not is_given(given):
        return
    report = report_of(given["ministry"], terminalreporter.stats, datetime.now(UTC))
    terminalreporter.write_line(in_words(report))
    if given["report"]:
        Path(given["report"]).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> tuple[Any, Any] | None:
    """Kafka and PostgreSQL for the adapter that we host; none are started for anybody else's."""
    if is_given(_given(request.config)):
        return None
    return request.getfixturevalue("kafka"), request.getfixturevalue("postgres")


@pytest.fixture(scope="module")
async def target(
    request: pytest.FixtureRequest, servers: tuple[Any, Any] | None
) -> AsyncIterator[Target]:
    """The adapter that the options name, or ours."""
    given = _given(request.config)
    if servers is None:
        undecided = request.config.getoption("undecided", default=False)
        password = os.environ.get("CONFORMANCE_PASSWORD", "")  # noqa: TID251
        yield target_of(given, password=password, decides=not undecided)
        return
    from tests.conformance.ours import hosted  # the kit alone needs nothing of our services

    async with hosted(*servers) as target:
        yield target


@pytest.fixture(scope="module")
async def pair(target: Target) -> AsyncIterator[Pair]:
    """The platform's end of the two topics."""
    async with connected(target) as pair:
        yield pair


def _given(config: pytest.Config) -> dict[str, str]:
    return {name: str(config.getoption(name.replace("-", "_"), default="")) for name in OPTIONS}
