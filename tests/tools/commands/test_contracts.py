import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.contracts.export import SCHEMAS, Document, as_text, export, exported
from tools.commands.contracts import all_documents, contracts_app


def run(*arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(contracts_app(), list(arguments))
    return outcome.exit_code, outcome.output


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return all_documents()


@pytest.fixture
def folder(tmp_path: Path, documents: dict[str, Document]) -> Path:
    export(tmp_path, documents)
    return tmp_path


def test_committed_documents_are_up_to_date(documents: dict[str, Document]) -> None:
    """All of them, including the OpenAPI and AsyncAPI documents."""
    assert exported(SCHEMAS) == json.loads(as_text(documents))


def test_check_passes_after_an_export(folder: Path) -> None:
    """Unchanged contracts pass."""
    status, told = run("check", "--folder", str(folder))
    assert (status, "hold" in told) == (0, True)


def test_check_names_a_breaking_change(folder: Path) -> None:
    """A removed field is a breaking change."""
    file = folder / "events" / "messages.v1.code_requested.json"
    promised = json.loads(file.read_text("utf-8"))
    promised["properties"]["purpose"] = {"type": "string"}
    file.write_text(json.dumps(promised), "utf-8")
    status, told = run("check", "--folder", str(folder))
    assert status == 1
    assert "event messages.v1.code_requested /purpose: the field is gone" in told


def test_check_fails_on_documents_that_are_out_of_date(folder: Path) -> None:
    """An addition is allowed, but must be exported."""
    (folder / "events" / "messages.v1.code_requested.json").unlink()
    status, told = run("check", "--folder", str(folder))
    assert status == 1
    assert "events/messages.v1.code_requested.json is out of date" in told


def test_check_compares_with_an_earlier_state_when_given(
    folder: Path, tmp_path: Path, documents: dict[str, Document]
) -> None:
    """A new export does not hide a breaking change from a check against the main branch."""
    before = tmp_path / "before"
    earlier = json.loads(as_text(documents))
    earlier["openapi.json"]["paths"]["/v1/gone"] = {"get": {"responses": {}}}
    export(before, earlier)
    status, told = run("check", "--folder", str(folder), "--before", str(before))
    assert status == 1
    assert "GET /v1/gone is gone" in told
