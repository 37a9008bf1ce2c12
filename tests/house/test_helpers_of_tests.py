"""What tests share is in `scenes` and `running`, and no test file imports from another one.

Why: whoever changed a test broke others that had borrowed from it, and whoever looked for the
builder of a case searched 42 files for it. `scenes` has what happened: events, rows, files, people.
`running` has what runs: the service, its client, a stand-in of the outside. `suite` has rules that
several adapters inherit.
"""

from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.house.checking import Rule, Source, Violation

_NAMES = ("conftest", "running", "scenes", "suite", "__init__")
_FOLDERS = ("tests/services/", "tests/libs/")
# Programs that tests start, and stand-ins of a broker that fails.
_OTHERS = (
    "tests/libs/cut_off/",
    "tests/libs/limited_main.py",
    "tests/libs/messaging/",
    "tests/services/identity/codes/guessing.py",  # a simulated attack
    "tests/services/programme/bodies/model.py",  # a second way to the same states
    "tests/services/programme/snapshots/attack.py",  # whoever wants the hidden numbers
    "tests/libs/workflows/plain_model.py",  # another one
    "tests/libs/workflows/damages.py",  # random ones
)


def _find(source: Source) -> Iterator[Violation]:
    for line, module in source.imported_modules():
        if module.startswith("tests.") and ".test_" in module:
            yield Violation(line, f"{module}: what two tests need is in scenes or running")
    name = PurePath(source.path).stem
    is_helper = source.path.startswith(_FOLDERS) and not name.startswith("test_")
    if is_helper and not source.path.startswith(_OTHERS) and not name.endswith(_NAMES):
        yield Violation(1, f"{name} is called scenes or running, or is a suite")


RULE = Rule("helpers-of-tests", _find, ("tests",))


def test_helpers_have_two_names_and_tests_lend_nothing() -> None:
    """A reader knows where to look, and a test can be changed alone."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("tests/services/parks/test_main.py", "from tests.services.parks.test_trees import oak"),
        ("tests/services/parks/test_main.py", "from tests.services.parks import test_trees"),
        ("tests/pipeline/scenes.py", "import tests.pipeline.test_parks"),
        ("tests/services/parks/builders.py", "OAK = 1"),
    ],
)
def test_a_borrowed_helper_is_found(path: str, statement: str) -> None:
    """Whichever way it is imported; and a helper of another name."""
    assert RULE.lines(statement, path) == [1]


@pytest.mark.parametrize("name", ["scenes", "running", "json_suite", "test_trees", "conftest"])
def test_the_names_are_allowed(name: str) -> None:
    """So is an import from them."""
    statement = "from tests.services.parks.scenes import oak"
    assert RULE.lines(statement, f"tests/services/parks/{name}.py") == []
