"""The page of commands lists what is generated, and there is not too much of it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.registry import REGISTRY
from tests.docs.shell import CHECKOUT
from tools.generate.files import generated_files

_MOST_LINES = 74_500
_ROW = re.compile(r"^\| [^|]+ \| (`[^|]+) \| ([^|]+) \| ([0-9,]+) \|$", re.ASCII | re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`", re.ASCII)
_BLOCK = re.compile(r"^\W*\w+:begin\b", re.ASCII | re.MULTILINE)


def _rows() -> Iterator[tuple[str, Sequence[Path], str, int]]:
    """Names of the files of a row, the files, the command, and their lines as it says."""
    page = (CHECKOUT / "docs" / "commands.md").read_text(encoding="utf-8")
    for names, command, lines in _ROW.findall(page):
        files = [file for name in _NAME.findall(names) for file in _files(name)]
        yield names, files, command, int(lines.replace(",", ""))


def _files(name: str) -> Sequence[Path]:
    in_production = [entry.name for entry in REGISTRY if entry.production]
    names = [name.replace("<service>", service) for service in in_production]
    return sorted({file for each in names for file in CHECKOUT.glob(each)})


def _lines(files: Sequence[Path]) -> int:
    return sum(file.read_bytes().count(b"\n") for file in files if file.suffix != ".png")


@pytest.mark.parametrize(("names", "files", "command", "lines"), list(_rows()))
def test_a_kind_has_as_many_lines_as_its_row_says(
    names: str, files: Sequence[Path], command: str, lines: int
) -> None:
    """To a fifth; the files are there, and the command is one of the Makefile or of a tool."""
    assert all(_files(name) for name in _NAME.findall(names))
    assert abs(_lines(files) - lines) <= lines / 5
    made_by = command.strip("`").removeprefix("make ")
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    assert not command.startswith("`make") or f"\n{made_by}: " in makefile


def test_what_is_generated_is_in_the_table() -> None:
    """Lock files, contracts, and what `make generate` writes as a whole."""
    listed = {file for _, files, _, _ in _rows() for file in files}
    written = {
        CHECKOUT / path for path, text in generated_files().items() if not _BLOCK.search(text)
    }
    locks = [
        file for name in ("*.lock", "*.lock.toml", "package-lock.json") for file in _tracked(name)
    ]
    contracts = (CHECKOUT / "libs" / "contracts" / "schemas").rglob("*.json")
    assert {*written, *locks, *contracts} - listed == set()


def test_the_generated_lines_can_be_reviewed() -> None:
    """All together are at most 74,500."""
    assert sum(_lines(files) for _, files, _, _ in _rows()) <= _MOST_LINES


def _tracked(name: str) -> Iterator[Path]:
    folders = ("clients", "deploy", "examples", "libs", "sandbox", "services", "tests", "tools")
    yield from CHECKOUT.glob(name)
    for folder in folders:
        for file in (CHECKOUT / folder).rglob(name):
            if "node_modules" not in file.parts:
                yield file
