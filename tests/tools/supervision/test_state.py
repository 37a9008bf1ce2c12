"""`state.json`, which outside tools rely on."""

import json
import stat
from pathlib import Path

import pytest

from tools.supervision.state import State, read_state

STATE = State(
    gateway="http://127.0.0.1:1",
    sandbox="http://127.0.0.1:2",
    kafka={"bootstrap": "127.0.0.1:3", "pid": 4, "security": None},
    postgres={"pid": 5, "dsn": {"identity": "postgresql://identity@127.0.0.1:6/identity"}},
    services={"identity": {"pid": 7, "health": "http://127.0.0.1:8/health/ready"}},
)


def test_it_has_exactly_the_promised_shape(tmp_path: Path) -> None:
    """Names, nesting and order are a contract."""
    STATE.write(tmp_path / "state.json")
    assert json.loads((tmp_path / "state.json").read_text()) == {
        "gateway": "http://127.0.0.1:1",
        "kafka": {"bootstrap": "127.0.0.1:3", "pid": 4, "security": None},
        "postgres": {
            "pid": 5,
            "dsn": {"identity": "postgresql://identity@127.0.0.1:6/identity"},
        },
        "services": {"identity": {"pid": 7, "health": "http://127.0.0.1:8/health/ready"}},
        "sandbox": "http://127.0.0.1:2",
    }


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The demo beside a running `up` finds what that wrote."""
    STATE.write(tmp_path / "state.json")
    assert read_state(tmp_path / "state.json") == STATE


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """It holds passwords."""
    path = tmp_path / "state.json"
    for _ in range(2):
        STATE.write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    """It is replaced whole: who has the old one open reads the old one to its end."""
    path = tmp_path / "state.json"
    STATE.write(path)
    with path.open() as before:
        first = before.read(10)
        STATE.write(path)
        assert json.loads(first + before.read())["gateway"] == STATE.gateway
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"gateway": "http://x"}', '{"else": 1}'])
def test_what_is_no_state_is_none(tmp_path: Path, text: str) -> None:
    """A file that is empty, cut or of another version counts as nothing running."""
    (tmp_path / "state.json").write_text(text)
    assert read_state(tmp_path / "state.json") is None
    assert read_state(tmp_path / "missing.json") is None
