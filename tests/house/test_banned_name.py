"""Some names are banned: those that mean two things here, and those that mean nothing.

Why: "service" is a process of ours and what the state offers, and বিভাগ is a part of a ministry and
a part of the country; in a table of both, the wrong id fits and the mistake is found by a citizen.
`data`, `info` and `manager` say nothing a reader did not know, and a file called `utils` is where
what nobody has placed gathers: one grew to 1,042 lines as `manager.py`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.house.checking import Fault, Rule, Source, bound_names

_BANNED = {
    "service_id": "public_service_id, or the service's name",
    "division": "ministry_division or geo_division",
    "data": "what it is: row, body, reply, ...",
    "info": "what it is",
    "manager": "what it does",
}
_CLASSES = re.compile(r".+(?:Manager|Helper|Utils?|Data|Info|Impl)", re.ASCII)
_FILES = {"helpers", "helper", "utils", "util", "common", "base", "misc", "shared", "manager"}


def _find(source: Source) -> Iterator[Fault]:
    parts = (*PurePosixPath(source.path).parts[:-1], PurePosixPath(source.path).stem)
    for part in parts:
        if part in _FILES:
            yield Fault(1, f"a file or folder called {part} is about nothing")
    for name, line in bound_names(source.tree):
        bare = name.lstrip("_").lower()
        if bare in _BANNED:
            yield Fault(line, f"{name}: say {_BANNED[bare]}")
        if bare.startswith("process_"):
            yield Fault(line, f"{name}: say what it does with it")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and _CLASSES.fullmatch(node.name):
            yield Fault(node.lineno, f"{node.name}: say what it is")


RULE = Rule("banned-name", _find)


def test_names_mean_one_thing() -> None:
    """No name that means two things, or nothing, is given to anything."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        "service_id = row[0]",
        "def districts(division: str) -> None: ...",
        "class Reply:\n    data: bytes",
        "for info in rows: ...",
        "self._data = body",
        "class TaskManager: ...",
        "def process_event(event): ...",
        "from libs import ids as info",
    ],
)
def test_a_banned_name_is_found(text: str) -> None:
    """A variable, a parameter, a field, a class or a function with a banned name is found."""
    assert RULE.lines(text) == [len(text.splitlines())]


@pytest.mark.parametrize("path", ["libs/utils.py", "services/identity/common/keys.py"])
def test_a_file_about_nothing_is_found(path: str) -> None:
    """The name of a file or a folder says what is in it."""
    assert RULE.lines("", path) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "public_service_id = row[0]",
        "def districts(geo_division: str) -> None: ...",
        "reply = await http.post(url, data=body)",
        "log.info('served')",
        "processes = []",
    ],
)
def test_names_of_others_and_whole_names_are_left_alone(text: str) -> None:
    """What another library calls it, and a name that says which one, break nothing."""
    assert RULE.lines(text) == []
