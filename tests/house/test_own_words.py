"""The project speaks of itself: no file names a machine's folders or the host of a registry.

Why: a path of one person's machine in a script works there and nowhere else; the address of one
network's package mirror in a lock or a Dockerfile makes every other network's build fail, and tells
strangers how that network is built. `uv.lock` alone names where packages come from.
"""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.house.checking import CHECKOUT

_EXEMPT = {"uv.lock"}
_FOLDERS = re.compile(r"(?<![\w.$}])/(?:work|home|root|Users|private)/[\w.-]+", re.ASCII)
_HOSTS = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|repo\d*\.maven\.(?:apache\.)?org|registry\.npmjs\.org"
    r"|crates\.io|proxy\.golang\.org|://[\w.-]*(?:artifactory|nexus|mirror|devpi|jfrog)[\w.-]*)",
    re.ASCII | re.IGNORECASE,
)


def strange_words(text: str) -> Iterator[tuple[int, str]]:
    """Each line, by number, that names a machine's folder or a registry's host, and the word."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in (*_FOLDERS.finditer(line), *_HOSTS.finditer(line)):
            yield number, found[0]


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name and name not in _EXEMPT]


def _texts() -> Iterator[tuple[str, str]]:
    for name in _tracked():
        path = CHECKOUT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes())[:1024]:
            yield name, content.decode("utf-8", errors="replace")


def test_no_file_speaks_of_a_machine() -> None:
    """No tracked file names a folder of a machine or the host of a registry."""
    found = [
        f"{name}:{line}: {word}" for name, text in _texts() for line, word in strange_words(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "home/rahim/notes.md",
        "cd '/" + "work/checkout'",
        "https://" + "pypi" + ".org/simple",
        "index = 'https://packages-" + "mirror.example/simple'",
    ],
)
def test_a_strange_word_is_found(text: str) -> None:
    """A folder of somebody's machine and a registry's address are found."""
    assert [line for line, _ in strange_words(text)] == [1]


@pytest.mark.parametrize(
    "text",
    ["/v1/applications", "https://json-schema.org/draft", ".nagorik/work/x", "GET /homepage/x"],
)
def test_paths_of_our_own_are_left_alone(text: str) -> None:
    """Paths of the API, of the checkout, and addresses of the world break nothing."""
    assert list(strange_words(text)) == []
