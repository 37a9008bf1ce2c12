"""A break of the contracts shows, also when it was exported and committed."""

import json
import subprocess
from pathlib import Path

import pytest

from libs.contracts.export import SCHEMAS as TODAY
from libs.contracts.export import exported
from tools.contract_history import DECIDED_BREAKS, SCHEMAS, undecided_breaks

EVENT = "events/messages.v1.code_requested.json"
GONE = "event messages.v1.code_requested /purpose: the field is gone"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose contract had a field that was removed and exported later."""
    _git(tmp_path, "init", "-q")
    (tmp_path / SCHEMAS / "events").mkdir(parents=True)
    (tmp_path / DECIDED_BREAKS).write_text("# none\n", encoding="utf-8")
    schema = json.loads((TODAY / EVENT).read_text(encoding="utf-8"))
    schema["properties"]["purpose"] = {"type": "string"}
    _commit(tmp_path, json.dumps(schema))
    _commit(tmp_path, (TODAY / EVENT).read_text(encoding="utf-8"))
    _commit(tmp_path, (TODAY / EVENT).read_text(encoding="utf-8") + "\n")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True)  # noqa: S603, S607


def _commit(folder: Path, schema: str) -> None:
    (folder / SCHEMAS / EVENT).write_text(schema, encoding="utf-8")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "contracts")


def test_a_break_that_was_exported_shows(checkout: Path) -> None:
    """The field was promised two commits ago."""
    now = {EVENT: exported(TODAY)[EVENT]}
    assert undecided_breaks(checkout, now) == [GONE]


def test_a_decided_break_is_accepted(checkout: Path) -> None:
    """The file names it."""
    (checkout / DECIDED_BREAKS).write_text(f"# none\n{GONE}\n", encoding="utf-8")
    assert undecided_breaks(checkout, {EVENT: exported(TODAY)[EVENT]}) == []


def test_what_was_promised_before_the_beginning_is_not_compared(checkout: Path) -> None:
    """Another first line of the file begins the history anew, and another line does not."""
    (checkout / DECIDED_BREAKS).write_text("# none\n# decision 2\n", encoding="utf-8")
    _commit(checkout, (TODAY / EVENT).read_text(encoding="utf-8"))
    assert undecided_breaks(checkout, {EVENT: exported(TODAY)[EVENT]}) == [GONE]
    (checkout / DECIDED_BREAKS).write_text("# begun anew\n", encoding="utf-8")
    _commit(checkout, (TODAY / EVENT).read_text(encoding="utf-8"))
    assert undecided_breaks(checkout, {EVENT: exported(TODAY)[EVENT]}) == []
    assert undecided_breaks(checkout, {}) == ["event messages.v1.code_requested is gone"]
