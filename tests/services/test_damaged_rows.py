"""A stored value that was changed, cut or moved concerns its row only, in each encrypted column."""

from pathlib import Path

import pytest

from libs.encryption import Unopened
from libs.ids import new_id
from operations.reencrypt import encrypted_columns
from services.registry import REGISTRY
from tests.ciphers import make_cipher
from tests.services.scenes import ENCRYPTED, GOES_BY_ITSELF

PLACES = sorted(
    GOES_BY_ITSELF.union(
        column.place
        for entry in REGISTRY
        if entry.name in ENCRYPTED
        for column in encrypted_columns(entry.package)
    )
)
READS_ONE = {
    "services/identity/citizens/queries.py": "a citizen's own account, and a login",
    "services/identity/details/queries.py": "a citizen's own details",
    "services/identity/phones/queries.py": "a citizen's own change; the periodic step goes past it",
    "services/applications/lifecycle/queries.py": "the form of one application",
    "services/applications/corrections/queries.py": "the correction that waits for one consent",
    "services/applications/counter_drafts/queries.py": "an uddokta's own draft",
    "services/cases/fees/queries.py": "the bill of one visit",
    "services/cases/papers/queries.py": "one case; a list leaves damaged ones out",
    "services/cases/work/rows.py": "one case; clocks that run out go past it",
    "services/issuance/papers/queries.py": "one paper, to be checked or drawn",
    "services/documents/uploads/queries.py": "the uploads that one request names",
}
"""Where a damaged value fails what reads it: an answer for one row, `record_damaged`."""


@pytest.mark.parametrize("harm", ["moved", "cut", "flipped", "plain"])
@pytest.mark.parametrize("place", PLACES)
def test_a_damaged_value_is_never_read(place: str, harm: str) -> None:
    """Whatever was done to it; it is counted under the name of its column."""
    cipher, row_id, other = make_cipher(), new_id(), new_id()
    cipher.take(cipher.to_store([]))
    sealed = cipher.seal(place, row_id, "+8801712345678")
    damaged = {
        "moved": cipher.seal(place, other, "+8801812345678"),
        "cut": sealed[:-5],
        "flipped": sealed[:40] + ("B" if sealed[40] == "A" else "A") + sealed[41:],
        "plain": "+8801812345678",
    }[harm]
    text, failure = cipher.try_open(place, row_id, damaged)
    assert text is None
    assert isinstance(failure, Unopened)
    assert cipher.unopened == {place: 1}


def test_whoever_reads_many_rows_goes_on() -> None:
    """Jobs, lists and periodic steps use `try_open`; `open` is for an answer of one row."""
    services = Path(__file__).parents[2] / "services"
    found = {
        str(path.relative_to(services.parent))
        for path in services.rglob("*.py")
        if "cipher.open(" in path.read_text(encoding="utf-8")
    }
    assert found == set(READS_ONE)
