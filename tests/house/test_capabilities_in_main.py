"""Every capability of a service is made in its `main.py`.

Why: documents, the map and tests find routes and consumers in the folder. A capability that
`main.py` does not make is documented and tested, and no process serves it.
"""

import ast
from pathlib import Path

import pytest

from services.registry import REGISTRY
from tests.house.checking import CHECKOUT, Source

MAINS = sorted(
    (CHECKOUT / entry.package.replace(".", "/") / "main.py")
    for entry in REGISTRY
    if entry.production
)


def not_made(capabilities: set[str], main: str) -> set[str]:
    """The capabilities, by their packages, whose `capability()` a module does not call."""
    source = Source("main.py", main)
    packages = {alias: name.removesuffix(".capability") for alias, name in source.imported()}
    called = {
        packages.get(node.func.value.id)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr == "capability"
    }
    return capabilities - called


@pytest.mark.parametrize("main", MAINS, ids=lambda path: path.parent.name)
def test_every_capability_is_made(main: Path) -> None:
    """Its name is imported, and called."""
    folders = {path.parent.relative_to(CHECKOUT) for path in main.parent.glob("*/capability.py")}
    capabilities = {".".join(folder.parts) for folder in folders}
    assert capabilities
    assert not_made(capabilities, main.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("main", "missing"),
    [
        ("from s.one import capability as one\none.capability()", set()),
        ("from s.one import capability as one", {"s.one"}),
        ("from s.two import capability as one\none.capability()", {"s.one"}),
    ],
)
def test_what_is_not_made_is_found(main: str, missing: set[str]) -> None:
    """An import alone makes nothing."""
    assert not_made({"s.one"}, main) == missing
