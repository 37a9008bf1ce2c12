"""Generated files are complete and up to date."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.registry import REGISTRY, ServiceEntry
from tools.commands.root import make_app
from tools.generate import asvs, compose
from tools.generate.files import CHECKOUT, generated_files, out_of_date
from tools.watch.panels import PANELS, RULES
from tools.watch.runbooks import RUNBOOKS

pytestmark = pytest.mark.static  # as the rules of tests/house

OMBUDSMAN = ServiceEntry(
    "ombudsman", "complaints and their answers", "services.ombudsman", calls=("identity",)
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which a new service has a folder and nothing else."""
    for path, text in generated_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for path in (asvs.FILE, asvs.LEVELS_FILE):
        (tmp_path / path).write_bytes((CHECKOUT / path).read_bytes())
    shutil.copytree(CHECKOUT / RUNBOOKS, tmp_path / RUNBOOKS)
    for path in (PANELS, *RULES.values()):
        (tmp_path / path).write_bytes((CHECKOUT / path).read_bytes())
    folder = tmp_path / "services" / "ombudsman"
    (folder / "complaints").mkdir(parents=True)
    for file in ("main", "settings", "complaints/rules", "complaints/queries"):
        (folder / f"{file}.py").touch()
    (folder / "complaints" / "__init__.py").write_text('"""Takes complaints."""', encoding="utf-8")
    marks = (
        f"<!-- {name}:{mark} -->\n" for name in ("map", "capabilities") for mark in ("begin", "end")
    )
    (folder / "README.md").write_text("".join(marks), encoding="utf-8")
    return tmp_path


def test_generated_files_are_up_to_date() -> None:
    """After a change of registry or map, `make generate` has been run."""
    assert out_of_date(CHECKOUT) == [], "run `make generate`"


def test_one_entry_makes_a_service(checkout: Path) -> None:
    """A new service needs a folder and one entry; everything else is generated."""
    files = generated_files(checkout, (*REGISTRY, OMBUDSMAN))
    named = {path for path, text in files.items() if "ombudsman" in text.lower()}
    assert named == {
        "README.md",
        "pyproject.toml",
        "deploy/Dockerfile",
        "deploy/README.md",
        "deploy/compose/databases.sh",
        "deploy/compose/prometheus.yaml",
        "deploy/compose/services.yaml",
        "deploy/kubernetes/monitoring/services.yaml",
        "deploy/kubernetes/services/ombudsman.yaml",
        "deploy/kubernetes/services/identity.yaml",
        "deploy/kubernetes/services/kustomization.yaml",
        "deploy/kubernetes/steps/migrate.yaml",
        "deploy/kubernetes/steps/operate.yaml",
        "deploy/kubernetes/stores/databases.yaml",
    }


def test_the_command_writes_outdated_files_only(checkout: Path) -> None:
    """It prints their names to standard error; a second run writes none."""
    path = checkout / compose.FILE
    path.write_text("{}", encoding="utf-8")
    words = ["generate", "--checkout", str(checkout)]
    first, second = (CliRunner().invoke(make_app(), words) for _ in range(2))
    assert compose.FILE in first.stderr.splitlines()
    assert path.read_text(encoding="utf-8") == generated_files()[compose.FILE]
    assert second.stderr.startswith("0 of ")
    assert first.stdout == second.stdout == ""
