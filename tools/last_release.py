"""The release that runs when this code is deployed, as it was committed."""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

LAST_RELEASE: Final = "deploy/last_release"
"""Its first line is the commit."""


class NotInHistory(Exception):
    """The repository has not the commit: a shallow clone, or no repository at all."""


def commit_of(checkout: Path) -> str:
    """Return the commit of the last release."""
    return (checkout / LAST_RELEASE).read_text(encoding="utf-8").split()[0]


def read_files(checkout: Path, *folders: str) -> dict[str, bytes]:
    """Return the files of the last release below some folders, by path.

    Args:
        checkout: the top of a git repository.
        folders: all if none is given.

    Raises:
        NotInHistory: the repository has not the commit.
    """
    archive = _archive(checkout, folders)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {
            member.name: read.read()
            for member in files
            if member.isfile() and (read := files.extractfile(member))
        }


def unpack(checkout: Path, folder: Path) -> Path:
    """Write the last release into a folder of its commit below this one; return that folder.

    Raises:
        NotInHistory: the repository has not the commit.
    """
    target = folder / commit_of(checkout)
    if not target.exists():
        unfinished = target.with_suffix(".new")
        for path, content in read_files(checkout).items():
            (unfinished / path).parent.mkdir(parents=True, exist_ok=True)
            (unfinished / path).write_bytes(content)
        unfinished.rename(target)
    return target


def _archive(checkout: Path, folders: tuple[str, ...]) -> bytes:
    command = ["git", "-C", str(checkout), "archive", commit_of(checkout), *folders]
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
    if done.returncode:
        raise NotInHistory(done.stderr.decode(errors="replace").strip())
    return done.stdout
