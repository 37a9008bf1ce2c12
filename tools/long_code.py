"""A hint of `make check`: files and functions that are long enough to be two ideas."""

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDERS = ("services", "libs", "sandbox", "tools", "tests")
LONG_FILE = 300
LONG_FUNCTION = 60


def long_code(checkout: Path) -> Iterator[str]:
    """A line for every file over 300 lines and every function over 60.

    Args:
        checkout: the top of the checkout.
    """
    for path in sorted(path for folder in FOLDERS for path in (checkout / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(checkout)
        if (lines := text.count("\n")) > LONG_FILE:
            yield f"{place}: {lines} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONG_FUNCTION:
                    yield f"{place}:{node.lineno}: {node.name} has {lines} lines"


if __name__ == "__main__":
    for line in long_code(CHECKOUT):
        print(f"hint: {line}")  # noqa: T201
