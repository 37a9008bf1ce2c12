"""The import contracts hold for a service that was not there when they were written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.generate.files import CHECKOUT

OF_LIBRARIES = ("libraries", "messaging", "web")  # contracts that name all of their modules
ROOTS = ("libs", "operations", "conformance", "sandbox", "tools")
FILES = {
    **{f"{root}/__init__": "" for root in ROOTS},
    **{f"libs/{name}": "" for name in ("database", "messaging", "telemetry", "web")},
    **dict.fromkeys(("services/__init__", "services/registry", "services/museums/__init__"), ""),
    "services/__main__": "import services.registry",
    "sandbox/stalls/__init__": "",
    "libs/service": "",
    **{f"services/parks/{name}": "" for name in ("__init__", "main", "settings")},
    **{
        f"services/parks/{capability}/{name}": ""
        for capability in ("benches", "trees")
        for name in ("__init__", "routes", "use_cases", "queries", "rules")
    },
}
ALLOWED = {
    "services/parks/main": "from services.parks.benches import routes",
    "services/parks/benches/routes": "from services.parks.benches import use_cases",
    "services/parks/benches/use_cases": (
        "from services.parks.benches import queries, rules\n"
        "from services.parks.trees import use_cases"
    ),
    "services/parks/benches/queries": "import asyncpg\nfrom services.parks.benches import rules",
}


def broken(checkout: Path, files: dict[str, str]) -> list[str]:
    """Names of the contracts that import-linter finds broken in these files."""
    for path, text in {**FILES, **files}.items():
        (checkout / f"{path}.py").parent.mkdir(parents=True, exist_ok=True)
        (checkout / f"{path}.py").write_text(text, encoding="utf-8")
    text = (CHECKOUT / ".importlinter").read_text(encoding="utf-8")
    for name in OF_LIBRARIES:
        before, _, after = text.partition(f"[importlinter:contract:{name}]")
        text = before + after[after.index("[importlinter") :]
    (checkout / ".importlinter").write_text(text, encoding="utf-8")
    command = ["-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, *command, "--no-cache"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if "BROKEN" in line]


def test_allowed_imports_pass(tmp_path: Path) -> None:
    """Routes call use cases; those call queries, rules and use cases of other capabilities."""
    assert broken(tmp_path, ALLOWED) == []


@pytest.mark.parametrize(
    ("file", "statement", "contract"),
    [
        (
            "benches/queries",
            "from services.parks.benches import use_cases",
            "Layers of a capability",
        ),
        ("benches/rules", "from services.parks.benches import queries", "Layers of a capability"),
        ("benches/rules", "import time", "Rules are pure"),
        ("benches/rules", "import libs.database", "Rules reach no database"),
        ("benches/use_cases", "import asyncpg", "Only libraries use the drivers"),
        ("benches/routes", "from services.parks.benches import queries", "Routes, consumers"),
        ("settings", "from services.parks import main", "Nothing of a service imports its main"),
        ("benches/rules", "import services.museums", "A service imports no other"),
    ],
)
def test_a_forbidden_import_is_found(
    tmp_path: Path, file: str, statement: str, contract: str
) -> None:
    """An import against the layers breaks their contract."""
    (found,) = broken(tmp_path, {f"services/parks/{file}": statement})
    assert found.startswith(contract)
