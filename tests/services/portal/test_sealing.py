"""Sealed values and form tokens."""

from services.portal.sealing import Seals
from tests.services.portal.scenes import SEALS, SECRET


def test_a_sealed_value_opens_for_its_purpose_only() -> None:
    """Not with another key, not for another purpose, not after a change; nobody can read it."""
    sealed = SEALS.seal({"phone": "01712345678"}, "session")
    assert SEALS.open(sealed, "session") == {"phone": "01712345678"}
    assert Seals(SECRET).open(sealed, "session") == {"phone": "01712345678"}
    assert SEALS.open(sealed, "device") is None
    assert Seals(SECRET + "x").open(sealed, "session") is None
    for changed in ("", "x", sealed[1:], sealed[:-4] + "AAAA", sealed + "." + sealed):
        assert SEALS.open(changed, "session") is None
    assert "0171" not in sealed


def test_form_tokens_differ_each_time_and_belong_to_one_browser() -> None:
    """A token that changes with each page tells nothing to who watches compressed sizes."""
    tokens = {SEALS.form_token("seed") for _ in range(10)}
    assert len(tokens) == 10
    assert all(SEALS.is_form_token(token, "seed") for token in tokens)
    assert not any(SEALS.is_form_token(token, "other") for token in tokens)
    assert not any(SEALS.is_form_token(token, "seed") for token in ("", "x", "ৎ" * 59))
