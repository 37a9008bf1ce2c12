"""What `.ci/run` tries again."""

import json
from pathlib import Path

import pytest

from tests.second_try import AT_MOST, EXIT_STATUS, tried_again

INTERRUPTED = 2


def ran(cache: Path, status: int, failed: int) -> Path:
    """A cache as pytest leaves it."""
    for name, content in [
        (EXIT_STATUS, status),
        ("cache/lastfailed", {f"tests/test_{number}.py::test": True for number in range(failed)}),
    ]:
        (cache / name).parent.mkdir(exist_ok=True)
        (cache / name).write_text(json.dumps(content))
    return cache


def test_a_test_or_two_are_tried_again(tmp_path: Path) -> None:
    """Exactly those that failed."""
    assert tried_again(ran(tmp_path, 1, AT_MOST)) == [
        "tests/test_0.py::test",
        "tests/test_1.py::test",
    ]


@pytest.mark.parametrize(("status", "failed"), [(1, AT_MOST + 1), (INTERRUPTED, 1), (1, 0)])
def test_more_failures_or_a_run_without_an_end_are_final(
    tmp_path: Path, status: int, failed: int
) -> None:
    """They say something about the change."""
    assert tried_again(ran(tmp_path, status, failed)) == []


def test_without_a_run_nothing_is_tried(tmp_path: Path) -> None:
    """There is nothing to go by."""
    assert tried_again(tmp_path) == []
