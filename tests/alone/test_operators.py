"""The operators' image by itself: its own files and packages."""

import re
from pathlib import Path

import pytest

from services.registry import WITH_DATABASE
from tests.alone.images import install_packages, make_tree, run

_NAME = re.compile(r"^│ ([a-z][a-z-]*) ", re.ASCII | re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the operators' image."""
    folder = tmp_path_factory.mktemp("alone") / "operators"
    folder.mkdir()
    make_tree(folder, "", "operators")
    install_packages(folder, folder / ".venv", "operators-packages")
    return folder


def test_operators_have_the_commands_of_production_and_no_others(image: Path) -> None:
    """Those of the steps before a release and of the runbooks; none of a checkout's tools."""
    assert _commands(image) == {"admin", "deadletters", "migrate", "topics", "workflows"}
    assert {"list", "replay"} <= _commands(image, "deadletters")
    assert _commands(image, "admin") == set(WITH_DATABASE)
    assert "kind: KafkaUser" in _run(image, "topics", "user", "mopa")


def _commands(image: Path, *words: str) -> set[str]:
    """The names of the commands that a help text lists."""
    _, _, listed = _run(image, *words, "--help").partition("Commands")
    return set(_NAME.findall(listed))


def _run(image: Path, *words: str) -> str:
    python = str(image / ".venv" / "bin" / "python")
    command = ["env", "--unset=PYTHONPATH", python, "-m", "services", *words]
    return run(command, cwd=image, COLUMNS="100")
