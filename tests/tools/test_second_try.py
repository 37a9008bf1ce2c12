"""What `.ci/run` tries again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_try import AT_MOST, CACHE, EXIT_STATUS, tried_again
from tools.embedded.server import CHECKOUT

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


@pytest.mark.parametrize(
    ("body", "status"), [("pass", 0), ("assert False", 1), ("pytest.skip('not run')", 1)]
)
def test_only_what_passes_alone_is_well(tmp_path: Path, body: str, status: int) -> None:
    """A test that failed and is skipped alone has shown nothing."""
    (tmp_path / CACHE).mkdir(parents=True)
    ran(tmp_path / CACHE, 1, 1)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_0.py").write_text(f"import pytest\ndef test():\n    {body}\n")
    done = subprocess.run(  # noqa: S603
        [sys.executable, CHECKOUT / "tests" / "second_try.py"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert done.returncode == status, done.stdout
