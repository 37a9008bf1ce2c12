"""What the erasure of a citizen calls is found by the names of files."""

from pathlib import Path

from libs.found_modules import modules_of
from services.registry import WITH_DATABASE

_TOP = Path(__file__).resolve().parents[2]


def test_every_erase_of_a_capability_is_found() -> None:
    """A function in a file of another name would never be called, without a word."""
    written = {
        ".".join(file.relative_to(_TOP).with_suffix("").parts)
        for file in _TOP.glob("services/*/*/*.py")
        if "\nasync def erase(tx: Transaction, citizen_id:" in file.read_text(encoding="utf-8")
    }
    found = {
        module for service in WITH_DATABASE for module in modules_of(f"services.{service}", "erase")
    }
    assert written == found
