"""The content of a service's image, as in the Dockerfile, in a folder."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKERFILE = CHECKOUT / "deploy" / "Dockerfile"

_VARIABLE = re.compile(r"\$\{SERVICE(?::\?[^}]*)?\}", re.ASCII)


def instructions(stage: str) -> list[list[str]]:
    """Return the instructions of one stage of the Dockerfile, split into words."""
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE.read_text(encoding="utf-8"))
    found: list[list[str]] = []
    current = ""
    for line in text.splitlines():
        words = [] if line.startswith("#") else line.split()
        if words[:1] == ["FROM"]:
            current = words[-1]
        elif words and current == stage:
            found.append(words)
    return found


def packages_command(stage: str, service: str = "") -> list[str]:
    """Return the `uv sync …` of a stage, for one service."""
    (command,) = [words[1:] for words in instructions(stage) if words[:3] == ["RUN", "uv", "sync"]]
    return shlex.split(_VARIABLE.sub(service, " ".join(command)))


def copied(stage: str, service: str = "") -> Iterator[tuple[Sequence[str], str]]:
    """Return what a stage copies from the checkout: sources and target."""
    for words in instructions(stage):
        if words[0] == "COPY" and not words[1].startswith("--from"):
            *sources, target = (_VARIABLE.sub(service, word) for word in words[1:])
            yield sources, target


def make_tree(folder: Path, service: str, target: str = "service") -> None:
    """Copy the content of an image into a folder, without its packages."""
    for stage in ("packages", target):
        for sources, place in copied(stage, service):
            for source in sources:
                _copy(source, folder / place)


def _copy(source: str, target: Path) -> None:
    found = sorted(CHECKOUT.glob(source))
    assert found, f"the Dockerfile copies {source}, which is not there"
    for path in found:
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / path.name)


def install_packages(folder: Path, environment: Path, stage: str, service: str = "") -> None:
    """Run a stage's `uv sync …` in an image's folder, with the interpreter that runs the tests."""
    run(
        [_uv(), *packages_command(stage, service)[1:]],
        cwd=folder,
        UV_PROJECT_ENVIRONMENT=str(environment),
        UV_PYTHON=sys.executable,
    )


def _uv() -> str:
    """Return the uv on the PATH, or the one that `make ready` installs."""
    return shutil.which("uv") or str(CHECKOUT / ".nagorik" / "tools" / "bin" / "uv")


def run(command: Sequence[str], *, cwd: Path, **variables: str) -> str:
    """Run a command and return its output; the exception of a failure has the output, too."""
    told = [f"{name}={value}" for name, value in variables.items()]
    done = subprocess.run(  # noqa: S603
        ["env", *told, *command],  # noqa: S607
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout
