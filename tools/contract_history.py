"""The contracts as they were committed, so that a break shows even after it was exported."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from libs.contracts.check import Documents, breaking_changes
from libs.contracts.export import Document

SCHEMAS = "libs/contracts/schemas"
# One decided break in a line, as the check words it. Lines that begin with # are comments. The
# first one names the beginning: versions before it was committed are not compared.
DECIDED_BREAKS = "libs/contracts/decided_breaks.txt"


def undecided_breaks(checkout: Path, now: Documents) -> list[str]:
    """Describe how the contracts break any of their versions in the history of the current branch.

    The history begins where the first line of the file of decided breaks was committed, and follows
    first parents.

    Args:
        checkout: the top of a git repository.
        now: the documents that the code makes.
    """
    lines = (checkout / DECIDED_BREAKS).read_text(encoding="utf-8").splitlines()
    broken: set[str] = set()
    for version in _versions(checkout, beginning=lines[0]):
        with suppress(LookupError):  # a reference that leads nowhere: nobody could read against it
            broken |= set(breaking_changes(version, now))
    return sorted(broken - {line.strip() for line in lines})


def _versions(checkout: Path, beginning: str) -> Iterator[Documents]:
    begun = _git(checkout, "log", f"-S{beginning}", "--format=%H", "--", DECIDED_BREAKS).split()
    if not begun:
        return
    since = f"{begun[-1].decode()}..HEAD"
    changed = _git(checkout, "log", "--first-parent", "--format=%H", since, "--", SCHEMAS).split()
    for commit in [begun[-1], *changed]:
        archive = io.BytesIO(_git(checkout, "archive", commit.decode(), SCHEMAS))
        with tarfile.open(fileobj=archive) as files:
            yield {
                member.name.removeprefix(f"{SCHEMAS}/"): _read(files, member)
                for member in files
                if member.isfile()
            }


def _git(checkout: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(checkout), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603


def _read(files: tarfile.TarFile, member: tarfile.TarInfo) -> Document:
    file = files.extractfile(member)
    return json.load(file) if file else {}
