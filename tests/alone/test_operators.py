"""The operators' image by itself: its own files and packages."""

import subprocess
from pathlib import Path

import pytest

from tests.alone.images import make_tree, packages_command, run, uv


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the operators' image."""
    folder = tmp_path_factory.mktemp("alone") / "operators"
    folder.mkdir()
    make_tree(folder, "", "operators")
    command = packages_command("operators-packages")
    run([uv(), *command[1:]], cwd=folder, UV_PROJECT_ENVIRONMENT=str(folder / ".venv"))
    return folder


def test_operators_have_the_commands_of_production(image: Path) -> None:
    """Those of the steps before a release, and those of the runbooks."""
    assert "kind: KafkaUser" in run(_command(image, "topics", "user", "mopa"), cwd=image)
    for words in (
        "topics apply",
        "migrate",
        "deadletters replay",
        "admin identity",
        "admin catalogue",
    ):
        assert "Usage" in run(_command(image, *words.split(), "--help"), cwd=image)


@pytest.mark.parametrize("command", ["up", "demo", "chaos", "bench", "generate"])
def test_operators_have_no_commands_for_trials(image: Path, command: str) -> None:
    """Nothing of a checkout's tools is there to be started."""
    done = subprocess.run(  # noqa: S603
        _command(image, command, "--help"), cwd=image, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "No such command" in done.stderr


def _command(image: Path, *words: str) -> list[str]:
    python = str(image / ".venv" / "bin" / "python")
    return ["env", "--unset=PYTHONPATH", python, "-m", "services", *words]
