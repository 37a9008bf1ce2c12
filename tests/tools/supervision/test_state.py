"""`state.json`, which other tools read."""

import json
import stat
from pathlib import Path

import pytest

from tools.supervision.state import State, read_state

STATE = State(
    gateway="http://127.0.0.1:1",
    portal="http://127.0.0.1:9",
    desk="http://localhost:10",
    sandbox="http://127.0.0.1:2",
    kafka={"bootstrap": "127.0.0.1:3", "pid": 4, "security": None},
    postgres={"pid": 5, "dsn": {"identity": "postgresql://identity@127.0.0.1:6/identity"}},
    services={"identity": {"pid": 7, "health": "http://127.0.0.1:8/health/ready"}},
    openers={"documents-opener": {"pid": 11}},
)


def test_the_file_has_exactly_these_keys(tmp_path: Path) -> None:
    """Names, nesting and order are a contract."""
    STATE.write(tmp_path / "state.json")
    assert json.loads((tmp_path / "state.json").read_text()) == {
        "gateway": "http://127.0.0.1:1",
        "portal": "http://127.0.0.1:9",
        "desk": "http://localhost:10",
        "kafka": {"bootstrap": "127.0.0.1:3", "pid": 4, "security": None},
        "postgres": {
            "pid": 5,
            "dsn": {"identity": "postgresql://identity@127.0.0.1:6/identity"},
        },
        "services": {"identity": {"pid": 7, "health": "http://127.0.0.1:8/health/ready"}},
        "sandbox": "http://127.0.0.1:2",
        "openers": {"documents-opener": {"pid": 11}},
    }


def test_a_written_state_is_read(tmp_path: Path) -> None:
    """The demo reads the state of a running `up`."""
    STATE.write(tmp_path / "state.json")
    assert read_state(tmp_path / "state.json") == STATE


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """It has passwords."""
    path = tmp_path / "state.json"
    for _ in range(2):
        STATE.write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reader_never_sees_an_incomplete_file(tmp_path: Path) -> None:
    """The file is replaced atomically."""
    path = tmp_path / "state.json"
    STATE.write(path)
    with path.open() as before:
        first = before.read(10)
        STATE.write(path)
        assert json.loads(first + before.read())["gateway"] == STATE.gateway
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"gateway": "http://x"}', '{"else": 1}'])
def test_an_invalid_file_is_no_state(tmp_path: Path, text: str) -> None:
    """An empty or incomplete file, or one of another version."""
    (tmp_path / "state.json").write_text(text)
    assert read_state(tmp_path / "state.json") is None
    assert read_state(tmp_path / "missing.json") is None
