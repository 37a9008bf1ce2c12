"""Every file of code has its test at the mirrored path, and every mirrored test its file.

Why: whoever changes `services/applications/worker.py` must find its test without searching, and
must see when there is none. One large code base has code in `webhook/` and tests in `webhooks/`;
another spreads the tests of one handler over two folders: what cannot be found is not kept up.
"""

from collections.abc import Collection

import pytest

from tests.house.checking import CHECKOUT, CODE

# Tests that follow a question and not a file.
BY_QUESTION = {"pipeline", "contract", "chaos", "load", "house"}

# Files without a test of their own, and where what they do is tested; keep this short.
TESTED_ELSEWHERE = {
    "services/__main__.py": "three lines: tests/commands/test_root.py calls what it calls",
}


def unmirrored(code: Collection[str], tests: Collection[str]) -> list[str]:
    """Paths of code without a test, and of tests without code; both from the checkout's top."""
    without_test = [path for path in code if mirror_of(path) not in tests]
    mirrors = {mirror_of(path) for path in code}
    return sorted([*without_test, *(path for path in tests if path not in mirrors)])


def mirror_of(path: str) -> str:
    """Where the test of a file stands: `services/X/y.py` has `tests/X/test_y.py`."""
    folder, _, file = path.removeprefix("services/").rpartition("/")
    return f"tests/{folder}/test_{file}" if folder else f"tests/test_{file}"


def _code() -> list[str]:
    return [
        path.relative_to(CHECKOUT).as_posix()
        for folder in CODE
        for path in (CHECKOUT / folder).rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and not _is_only_a_docstring(path.name)
    ]


def _is_only_a_docstring(name: str) -> bool:
    return name == "__init__.py"


def _tests() -> list[str]:
    return [
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "tests").rglob("test_*.py")
        if path.relative_to(CHECKOUT / "tests").parts[0] not in BY_QUESTION
    ]


def test_code_and_tests_mirror_each_other() -> None:
    """No file of code is without its test, no mirrored test without its file."""
    wanted = [path for path in _code() if path not in TESTED_ELSEWHERE]
    assert unmirrored(wanted, _tests()) == []


def test_what_is_let_off_exists() -> None:
    """The list of exceptions names no file that is gone or has a test by now."""
    code, tests = set(_code()), set(_tests())
    assert all(path in code for path in TESTED_ELSEWHERE)
    assert not any(mirror_of(path) in tests for path in TESTED_ELSEWHERE)


@pytest.mark.parametrize(
    ("code", "tests", "wrong"),
    [
        (["services/identity/worker.py"], [], ["services/identity/worker.py"]),
        ([], ["tests/identity/test_worker.py"], ["tests/identity/test_worker.py"]),
        (
            ["services/identity/store/keys.py"],
            ["tests/identity/test_keys.py"],
            ["services/identity/store/keys.py", "tests/identity/test_keys.py"],
        ),
    ],
)
def test_a_missing_half_is_found(code: list[str], tests: list[str], wrong: list[str]) -> None:
    """Code without a test, a test without code, and a test in the wrong folder are found."""
    assert unmirrored(code, tests) == wrong


def test_a_pair_is_left_alone() -> None:
    """A file and its test, in services and in libraries, belong together."""
    code = ["services/identity/store/keys.py", "libs/web/app.py", "libs/ids.py"]
    tests = ["tests/identity/store/test_keys.py", "tests/libs/web/test_app.py"]
    assert unmirrored(code, [*tests, "tests/libs/test_ids.py"]) == []
