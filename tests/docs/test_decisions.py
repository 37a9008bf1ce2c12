"""The pages of decisions are few, and what refers to one finds it."""

import re
import subprocess

from tests.docs.shell import CHECKOUT

_FOLDER = CHECKOUT / "docs" / "decisions"
_MOST_PAGES = 40
# `decision 19`, `docs/decisions/0019`.
_REFERENCE = re.compile(r"\bdecision (\d{1,4})\b|docs/decisions/(\d{4})", re.ASCII | re.IGNORECASE)
# They invent pages to test the generator and the history of contracts.
_INVENTED = ("tests/tools/generate/test_readmes.py", "tests/tools/test_contract_history.py")


def test_the_pages_are_few() -> None:
    """A new decision on an old topic changes the page of that topic."""
    assert len(list(_FOLDER.glob("*.md"))) <= _MOST_PAGES


def test_a_reference_to_a_decision_finds_its_page() -> None:
    """A page that went into another one takes its references along, in code and in prose."""
    pages = {int(page.name[:4]) for page in _FOLDER.glob("*.md")}
    listed = subprocess.run(
        ["git", "grep", "-IniE", r"decision [0-9]|docs/decisions/[0-9]"],  # noqa: S607
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    lost = [
        line
        for line in listed.stdout.splitlines()
        if not line.startswith(_INVENTED)
        for numbers in _REFERENCE.findall(line)
        if int("".join(numbers)) not in pages
    ]
    assert lost == []
