"""The command line with all its commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.registry import SERVICES
from tools.commands.root import make_app

COMMANDS = (
    *SERVICES,
    *("up", "demo", "bench", "upgrade", "migrate", "topics apply", "topics user", "generate"),
    *("contracts export", "contracts check"),
    *(f"deadletters {word}" for word in ("list", "show", "replay", "settle", "journal")),
    *("admin identity", "admin catalogue"),
)


def helped(*words: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(make_app(), [*words, "--help"])
    return outcome.exit_code, outcome.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text(command: str) -> None:
    """`--help` of each command describes it in a sentence."""
    status, told = helped(*command.split())
    assert status == 0
    sentences = [line.strip(" │") for line in told.splitlines()]
    assert any(line.endswith(".") for line in sentences), told


@pytest.mark.parametrize("command", [*COMMANDS, "adapters check", "admin ministries connect"])
def test_help_has_no_sections_of_a_docstring(command: str) -> None:
    """They are for whoever reads the code."""
    _, told = helped(*command.split())
    assert not re.search(r"(?:Args|Returns|Raises):|Exit:", told)


def test_help_says_with_which_status_a_command_exits() -> None:
    """In a sentence, which may go on over lines."""
    _, told = helped("adapters", "check")
    said = " ".join(told.split())
    assert "Exits with status 1 if a check fails or was skipped" in said
    assert "status 2 without the ministry's key." in said


def test_the_help_lists_every_command() -> None:
    """`--help` without a command lists all of them."""
    _, told = helped()
    assert all(command.split()[0] in told for command in COMMANDS)


def test_the_entry_point_refuses_an_unknown_command() -> None:
    """The status is 2."""
    command = [sys.executable, "-m", "services", "no-such-command"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
    assert done.stdout == ""


def test_running_a_service_imports_no_other_command() -> None:
    """The image of a service has the packages of that service only."""
    script = "import sys, services.__main__, libs.process; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    loaded = done.stdout.split()
    assert "libs.process" in loaded
    foreign = {"typer", "fastapi", "tools.demo", "tools.supervision.supervisor"}
    assert not foreign & set(loaded)
    assert not [each for each in loaded if each.endswith((".main", ".settings"))]


def test_commands_for_operators_load_no_service() -> None:
    """Each would take twice as long, and one that fails to load would take all commands away."""
    names = [
        ".".join(path.with_suffix("").parts) for path in Path().glob("services/*/*/commands.py")
    ]
    script = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert set(names) <= loaded
    assert not {"faststream", "aiokafka", "libs.service"} & loaded
