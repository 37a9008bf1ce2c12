"""The capability that docs/capabilities.md shows is added without a change of any other."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT = ("libs", "operations", "sandbox", "services", "tools")
TESTS = ("tests/contract", "tests/house", "tests/libs", "tests/services", "tests/tools")
BY_HAND = {
    "libs/contracts/applications.py",  # the event
    "libs/contracts/topics.py",  # its line of the map
    "services/applications/main.py",
    "services/desk/main.py",  # the line of the page on which the sentences are read
    "tools/browser/desk_walk.py",
    "services/portal/main.py",  # the line of its pages
    "services/portal/rights/my_data.py",  # the file of all that a citizen has here
    "tests/contract/test_lists.py",
    "tests/services/gateway/documentation/test_document.py",
    "tests/services/portal/rights/test_every_table.py",
    "tests/services/portal/rights/test_routes.py",
    "tools/browser/walk.py",  # takes the browser to them
    "services/programme/figures/rules.py",  # counts the event, as all of applications
    "tests/services/programme/figures/scenes.py",
}


def naming(word: str) -> set[str]:
    """The Python and SQL files outside folders and files of this name that have the word."""
    paths = (
        path.relative_to(CHECKOUT)
        for folder in (*PRODUCT, *TESTS)
        for suffix in ("py", "sql")
        for path in (CHECKOUT / folder).rglob(f"*.{suffix}")
    )
    return {
        str(path)
        for path in paths
        if word not in {*path.parts, path.stem}
        and re.search(word, (CHECKOUT / path).read_text(encoding="utf-8"), re.IGNORECASE)
    }


def test_a_capability_is_its_folder_its_contract_and_a_line() -> None:
    """No other Python or SQL of the product names it, and no test of another capability."""
    assert naming("feedback") == BY_HAND
