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


# What `main.py` uses of a module that a capability has.
_USED = {"capability": "capability", "routes": "routes", "consumers": "router"}


def not_made(modules: set[str], main: str) -> set[str]:
    """The modules whose `capability`, `routes` or `router` a `main.py` does not use."""
    source = Source("main.py", main)
    imported = dict(source.imported())
    used = {
        (imported.get(node.value.id), node.attr)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return {module for module in modules if (module, _USED[module.rpartition(".")[2]]) not in used}


def entries_of(folder: Path) -> set[str]:
    """The modules of a capability that its service has to use.

    That is its `capability.py`. A capability without one has nothing but routes or consumers.
    """
    has = {name for name in _USED if (folder / f"{name}.py").exists()}
    package = ".".join(folder.relative_to(CHECKOUT).parts)
    return {f"{package}.{name}" for name in ({"capability"} & has or has)}


@pytest.mark.parametrize("main", MAINS, ids=lambda path: path.parent.name)
def test_every_capability_is_made(main: Path) -> None:
    """Its name is imported, and used."""
    modules = {module for folder in main.parent.glob("*/") for module in entries_of(folder)}
    assert modules
    assert not_made(modules, main.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("main", "missing"),
    [
        ("from s.one import capability as one\none.capability()", set()),
        ("from s.one import capability as one", {"s.one.capability"}),
        ("from s.two import capability as one\none.capability()", {"s.one.capability"}),
        ("from s.one import routes as one\nCapability('one', routes=one.routes)", set()),
        ("from s.one import routes as one", {"s.one.routes"}),
        ("from s.one import consumers\nCapability('one', consumers=consumers.router)", set()),
    ],
)
def test_what_is_not_made_is_found(main: str, missing: set[str]) -> None:
    """An import alone makes nothing."""
    kind = next(name for name in _USED if f"import {name}" in main)
    assert not_made({f"s.one.{kind}"}, main) == missing
