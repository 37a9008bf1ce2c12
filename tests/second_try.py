"""Runs alone what failed in a whole run: `python -m tests.second_try`, in `.ci/run` only.

Four processes with databases, brokers and browsers share two cores in a whole run, and a test in a
hundred thousand meets a moment that its writer did not think of. Such a test has a defect, and its
report is in the output; but it says nothing about the change that waits to land (decision 44).
"""

import json
import sys
from pathlib import Path

import pytest

CACHE = Path(".pytest_cache/v")
AT_MOST = 2
"""Failures of one run that may be tried again. More than these are no accident."""
EXIT_STATUS = "run/exit_status"
"""Where `tests/conftest.py` writes how a run ended, in pytest's cache."""
_TESTS_FAILED = 1


def tried_again(cache: Path) -> list[str]:
    """Return the tests that failed in the last run, if only these speak against it.

    Args:
        cache: the folder of pytest's cache.

    Returns:
        Their ids; none when more than `AT_MOST` failed, or the run did not come to its end.
    """
    try:
        status = json.loads((cache / EXIT_STATUS).read_text())
        failed = list(json.loads((cache / "cache/lastfailed").read_text()))
    except FileNotFoundError:
        return []
    return failed if status == _TESTS_FAILED and len(failed) <= AT_MOST else []


class Skips:
    """Counts what a run skips: a test that failed and is skipped now has not passed."""

    def __init__(self) -> None:
        self.seen = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a report of a test."""
        self.seen += report.skipped


def main() -> int:
    """Run them, and return what pytest returns.

    Returns:
        Or 1 if there is nothing to try again, or one of them is skipped now.
    """
    tests = tried_again(CACHE)
    if not tests:
        sys.stderr.write(
            "no second try: the run did not end, or more failed than a moment explains\n"
        )
        return 1
    sys.stderr.write("run again, alone; see the reports above, for these tests have a defect:\n")
    skips = Skips()
    status = pytest.main(["-v", *tests], plugins=[skips])
    return status or min(skips.seen, 1)


if __name__ == "__main__":
    sys.exit(main())
