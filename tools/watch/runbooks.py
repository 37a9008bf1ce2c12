"""The runbooks as pages of their own, with links between them."""

import re
from collections.abc import Callable
from pathlib import Path

from tools.watch.panels import CHECKOUT

RUNBOOKS = "deploy/runbooks"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_RUNBOOK = re.compile(r"([a-z-]+)\.md(?:#[a-z-]+)?", re.ASCII)


def runbooks(checkout: Path = CHECKOUT) -> dict[str, str]:
    """Return the Markdown of each runbook by its name, in the order of names."""
    pages = sorted((checkout / RUNBOOKS).glob("*.md"))
    return {page.stem: page.read_text(encoding="utf-8") for page in pages}


def with_links(text: str, address: Callable[[str], str]) -> str:
    """Return the text of a runbook for a place that has the runbooks and no other file.

    Args:
        text: its Markdown.
        address: of another runbook, by its name.
    """

    def there(link: re.Match[str]) -> str:
        words, target = link.groups()
        if found := _RUNBOOK.fullmatch(target):
            return f"[{words}]({address(found[1])})"
        return link[0] if "://" in target else words

    return _LINK.sub(there, text)
