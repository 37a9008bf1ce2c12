"""The command that writes again what derives from the map."""

import json
from pathlib import Path

import pytest

from tools.commands.map import write_map
from tools.generated import BEGIN, END, readmes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose READMEs have an empty place for the map."""
    for service in readmes():
        readme = tmp_path / "services" / service / "README.md"
        readme.parent.mkdir(parents=True)
        readme.write_text(f"# {service}\n{BEGIN}\n{END}\n", encoding="utf-8")
    return tmp_path


def test_the_command_writes_tables_and_topics(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command writes every derived file, says which, and nothing on standard output."""
    write_map(checkout)
    said = capsys.readouterr()
    assert "`catalogue.v1`" in (checkout / "services/gateway/README.md").read_text("utf-8")
    topics = json.loads((checkout / "deploy/topics.json").read_text("utf-8"))
    assert "catalogue.v1" in {topic["name"] for topic in topics["topics"]}
    assert "services/gateway/README.md" in said.err
    assert said.out == ""


def test_a_second_run_changes_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is up to date is left alone."""
    write_map(checkout)
    capsys.readouterr()
    write_map(checkout)
    assert capsys.readouterr().err.startswith("0 READMEs")
