"""Every library says what it gives a service; the example in the README of a package runs."""

import ast
import inspect
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.docs.shell import CHECKOUT

_EXAMPLE = re.compile(r"^```python$(.*?)^```$", re.DOTALL | re.MULTILINE)
PACKAGES = sorted(path.parent for path in (CHECKOUT / "libs").glob("*/__init__.py"))
MODULES = sorted((CHECKOUT / "libs").glob("[a-z]*.py"))


def compiled(page: Path) -> CodeType:
    """The examples of a page, one after the other; they may await, as in a handler."""
    text, code = page.read_text(encoding="utf-8"), ""
    for example in _EXAMPLE.finditer(text):
        lines_before = text.count("\n", 0, example.start(1)) - code.count("\n")
        code += "\n" * lines_before + example[1]
    assert code, page
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled_code: CodeType = compile(code, str(page), "exec", flags=flags)
    return compiled_code


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
async def test_the_example_of_a_package_runs(
    package: Path, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """What it asserts holds; `dsn` is that of a database of applications."""
    values: dict[str, Any] = {"__name__": package.name, "dsn": await dsn_for("applications")}
    running = eval(compiled(package / "README.md"), values)  # noqa: S307  # ours
    if inspect.isawaitable(running):
        await running


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_library_of_one_file_says_what_it_is(module: Path) -> None:
    """Its docstring does; there is no page beside it."""
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
