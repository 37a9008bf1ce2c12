import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.contracts.problem_texts import general
from libs.contracts.problems import PROBLEMS, merged

# What these raise ends in a dead letter or in an outcome row, never in an answer.
NEVER_ANSWERED = {"adapters", "messaging"}
SOURCES = [
    path
    for folder in ("libs", "services")
    for path in Path(folder).rglob("*.py")
    if not NEVER_ANSWERED & set(path.parts)
]


def refused_codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        first = node.args[0]
        if called == "Refused" and isinstance(first, ast.Constant):
            yield str(first.value)


def test_code_has_one_meaning() -> None:
    """Two tables with the same code are refused."""
    with pytest.raises(ValueError, match="not_found"):
        merged(general.PROBLEMS, {"not_found": general.PROBLEMS["internal"]})


def test_texts_are_whole_in_both_languages() -> None:
    """Every problem has title and detail in Bangla and English."""
    for code, text in PROBLEMS.items():
        assert 400 <= text.status <= 599, code
        for words in (text.title, text.detail):
            assert any("\u0980" <= letter <= "\u09ff" for letter in words.bn), code
            assert words.en.isascii(), code
            assert "Retry-After" not in words.en, code  # pages show it to people
        assert text.detail.bn.rstrip().endswith(("।", "?")), code
        assert text.detail.en.rstrip().endswith("."), code


def test_every_refusal_has_its_text() -> None:
    """A raised code without a text would be answered with 500."""
    raised = {code for path in SOURCES for code in refused_codes(path)}
    in_dead_letters = {"unknown_key", "workflow_differs"}  # never the answer to a request
    assert raised - PROBLEMS.keys() == in_dead_letters
