"""Every command under one name, as a person finds it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from services.registry import SERVICES
from tools.commands.root import make_app

COMMANDS = (
    *SERVICES,
    *("up", "demo", "bench", "migrate", "topics apply", "topics user", "generate"),
    *("contracts export", "contracts check"),
    *(f"deadletters {word}" for word in ("list", "show", "replay", "settle", "journal")),
    *("admin identity", "admin catalogue"),
)


def helped(*words: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(make_app(), [*words, "--help"])
    return outcome.exit_code, outcome.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_promised_command_is_there_and_says_what_it_does(command: str) -> None:
    """`--help` of each explains it in a sentence."""
    status, told = helped(*command.split())
    assert status == 0
    sentences = [line.strip(" │") for line in told.splitlines()]
    assert any(line.endswith(".") for line in sentences), told


def test_the_first_help_names_every_command() -> None:
    """Who knows nothing finds everything."""
    _, told = helped()
    assert all(command.split()[0] in told for command in COMMANDS)


def test_the_entry_point_takes_commands_and_refuses_strangers() -> None:
    """`python -m services` is the whole command line; a wrong word is status 2."""
    command = [sys.executable, "-m", "services", "no-such-command"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 2
    assert "no-such-command" in done.stderr
    assert done.stdout == ""


def test_a_service_is_run_without_loading_any_other_command() -> None:
    """The image of one service has the packages of that service only."""
    script = "import sys, services.__main__ as m; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    loaded = done.stdout.split()
    assert "libs.process" in loaded
    foreign = {"typer", "fastapi", "tools.demo", "tools.supervision.supervisor"}
    assert not foreign & set(loaded)
    assert not [each for each in loaded if each.endswith((".main", ".settings"))]
