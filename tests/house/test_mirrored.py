"""Every file of code has its test at the mirrored path, and every mirrored test its file.

Why: whoever changes `services/applications/worker.py` must find its test without searching, and
must see when there is none. One large code base has code in `webhook/` and tests in `webhooks/`;
another spreads the tests of one handler over two folders: what cannot be found is not kept up.
"""

import ast
from collections.abc import Collection
from pathlib import PurePosixPath

import pytest

from tests.house.checking import CHECKOUT, CODE, sources

# Tests that follow a question and not a file.
BY_QUESTION = {"pipeline", "contract", "chaos", "load", "house", "deploy", "alone", "conformance"}

# Files without a test at their own path, by pattern, and which test sees what they do instead.
# Keep it short: a file that decides anything does not belong here.
TESTED_ELSEWHERE = {
    "services/__main__.py": "calls one function: tests/commands/test_root.py",
    "services/*/settings.py": "values only; each is built and run by the service's test_main.py",
    "services/ministries/adapters/adapter.py": "a shape only: tests/ministries/adapters_suite.py",
    "libs/contracts/problem_texts/*.py": "texts only: tests/libs/contracts/test_problems.py",
    **{
        f"libs/contracts/{service}.py": "shapes only: tests/contract/test_samples.py reads each"
        for service in ("applications", "catalogue", "identity", "ministries", "notifications")
    },
    "libs/contracts/gateway.py": "a shape only: tests/gateway/api/test_document.py",
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


def is_let_off(path: str) -> bool:
    """Whether a file of code needs no test at its own path."""
    return any(PurePosixPath(path).match(pattern) for pattern in TESTED_ELSEWHERE)


def _code() -> list[str]:
    return [
        path.relative_to(CHECKOUT).as_posix()
        for folder in CODE
        for path in (CHECKOUT / folder).rglob("*.py")
        if path.name != "__init__.py"
    ]


def _tests() -> list[str]:
    return [
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "tests").rglob("test_*.py")
        if path.relative_to(CHECKOUT / "tests").parts[0] not in BY_QUESTION
    ]


def test_code_and_tests_mirror_each_other() -> None:
    """No file of code is without its test, no mirrored test without its file."""
    code, tests = _code(), _tests()
    let_off = {path for path in code if is_let_off(path) and mirror_of(path) not in tests}
    wrong = unmirrored([path for path in code if path not in let_off], tests)
    assert not wrong, "\n".join(wrong)


def test_packages_hold_no_code_of_their_own() -> None:
    """An `__init__.py` names things at most, so that it needs no test."""
    statements = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    with_code = [
        source.path
        for source in sources(CODE)
        if source.path.endswith("__init__.py")
        and any(isinstance(node, statements) for node in source.tree.body)
    ]
    assert with_code == []


def test_what_is_let_off_exists() -> None:
    """The list of exceptions names no file that is gone or has a test by now."""
    tests = _tests()
    untested = [path for path in _code() if mirror_of(path) not in tests]
    for pattern in TESTED_ELSEWHERE:
        assert any(PurePosixPath(path).match(pattern) for path in untested), pattern


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
