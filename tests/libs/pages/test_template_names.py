"""A template has a name of its own in its service: folders are searched in their order."""

from collections import Counter
from pathlib import Path

import pytest

import libs

SERVICES = Path(libs.__path__[0]).parent / "services"


@pytest.mark.parametrize("service", ["portal", "desk"])
def test_no_two_capabilities_have_a_template_of_one_name(service: str) -> None:
    """The first folder would win, and the page of the other capability fail with 500."""
    found = Counter(path.name for path in (SERVICES / service).glob("*/templates/*.html"))
    assert [name for name, times in found.items() if times > 1] == []
