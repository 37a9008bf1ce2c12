"""Sealed values."""

from libs.web.signed.seals import Seals

SEALS = Seals(bytes(32))


def test_a_sealed_value_opens_for_its_purpose_only() -> None:
    """Not with another key, not for another purpose, not after a change; nobody can read it."""
    sealed = SEALS.seal({"phone": "01712345678"}, "session")
    assert SEALS.open(sealed, "session") == {"phone": "01712345678"}
    assert Seals(bytes(32)).open(sealed, "session") == {"phone": "01712345678"}
    assert SEALS.open(sealed, "device") is None
    assert Seals(bytes(31) + b"x").open(sealed, "session") is None
    for changed in ("", "x", sealed[1:], sealed[:-4] + "AAAA", sealed + "." + sealed):
        assert SEALS.open(changed, "session") is None
    assert "0171" not in sealed


def test_a_packed_value_is_shorter_and_opens_the_same() -> None:
    """Bangla takes three bytes a letter."""
    content = {"description": "জমি আমাদের চার ভাইবোনের নামে নামজারি করতে চাই" * 4}
    sealed = SEALS.seal(content, "answers", packed=True)
    assert SEALS.open(sealed, "answers") == content
    assert len(sealed) * 3 < len(SEALS.seal(content, "answers")) * 2
    assert SEALS.open(sealed[:-4] + "AAAA", "answers") is None
