"""Links of the README and of the pages in docs/ lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.shell import CHECKOUT

_PAGES = [
    CHECKOUT / "README.md",
    CHECKOUT / "conformance" / "README.md",
    *sorted((CHECKOUT / "docs").rglob("*.md")),
    *sorted((CHECKOUT / "libs").rglob("*.md")),
]
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", re.ASCII)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_to_files_of_the_repository(page: Path) -> None:
    """A page that moved takes its links along."""
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
