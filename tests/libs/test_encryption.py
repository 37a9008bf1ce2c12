"""Encryption of values: bound to their place, under data keys, under master keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.clock import Clock
from libs.encryption import (
    HOUR,
    KEPT,
    LEAD,
    NEW_ROWS_KEY_AFTER,
    Cipher,
    DataKey,
    Forged,
    MasterKeys,
    MissingKey,
    UnknownDataKey,
    Unopened,
    is_sealed,
)

OLD, NEW = "2025:" + 43 * "o", "2026:" + 43 * "n"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+8801700000000"


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def started(
    now: Callable[[], datetime] = lambda: START,
) -> tuple[Cipher, list[DataKey]]:
    """A cipher on a new database."""
    cipher = Cipher(MasterKeys.parse(OLD), Clock(now))
    keys = cipher.to_store([])
    cipher.take(keys)
    return cipher, keys


@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    """Any text, the empty one too."""
    cipher, _ = started()
    sealed = cipher.seal("citizens.phone", 1, text)
    assert cipher.open("citizens.phone", 1, sealed) == text
    assert is_sealed(sealed)
    assert len(text) < 4 or text not in sealed


def test_two_rows_with_one_text_look_different() -> None:
    """Nobody sees which citizens share a phone."""
    cipher, _ = started()
    assert cipher.seal("a.b", 1, PHONE) != cipher.seal("a.b", 1, PHONE)


@pytest.mark.parametrize("place", [("citizens.phone", 2), ("citizens.nid", 1)])
def test_a_text_that_is_moved_is_refused(place: tuple[str, int]) -> None:
    """Whoever can write to the database cannot give a citizen another's phone."""
    cipher, _ = started()
    sealed = cipher.seal("citizens.phone", 1, PHONE)
    with pytest.raises(Forged):
        cipher.open(*place, sealed)


def test_bytes_that_are_changed_are_refused() -> None:
    """Any bit of any byte, of the mark and of the key's id too, and any part that is cut off."""
    cipher, _ = started()
    sealed = cipher.encrypt(b"form", b"place")
    flipped = [
        sealed[:place] + bytes([sealed[place] ^ 1 << bit]) + sealed[place + 1 :]
        for place in range(len(sealed))
        for bit in range(8)
    ]
    for changed in (*flipped, *(sealed[:length] for length in range(len(sealed)))):
        with pytest.raises(Unopened):
            cipher.decrypt(changed, b"place")


def test_a_text_that_is_changed_is_refused_and_counted_with_its_column() -> None:
    """Any character, and any part that is cut off; what is not Base64 too."""
    cipher, _ = started()
    sealed = cipher.seal("citizens.phone", 1, PHONE)
    changed = [f"{sealed[:place]}{odd}{sealed[place + 1 :]}" for place in range(9) for odd in "!ক"]
    changed += [sealed[:length] for length in range(len(sealed))]
    for text in changed:
        opened, failure = cipher.try_open("citizens.phone", 1, text)
        assert opened is None
        assert isinstance(failure, Unopened)
    assert cipher.unopened == {"citizens.phone": len(changed)}


def test_what_is_plain_is_refused() -> None:
    """Whoever writes to the database cannot put a text of his own into a row."""
    cipher, _ = started()
    with pytest.raises(Forged):
        cipher.open("citizens.phone", 1, PHONE)
    with pytest.raises(Forged):
        cipher.decrypt(b"{}", b"place")
    assert cipher.open("citizens.phone", 1, None) is None


def test_an_unknown_key_is_waited_for_only_while_it_may_come() -> None:
    """A replica has stored it before its start, and all read it in a minute; later it is lost."""
    other, _ = started()
    sealed = other.encrypt(b"form", b"place")
    time = Time()
    for read_at, is_read_soon in (
        (START - LEAD, True),
        (START + LEAD, False),
        (START - HOUR, False),
    ):
        time.at = read_at
        with pytest.raises(UnknownDataKey) as unknown:
            started(time)[0].decrypt(sealed, b"place")
        assert unknown.value.is_read_soon == is_read_soon


def test_a_master_key_encrypts_data_keys_only() -> None:
    """With the stored data keys and without the master key nothing is read."""
    cipher, keys = started()
    sealed = cipher.seal("a.b", 1, PHONE)
    for other in (NEW, "2025:" + 43 * "x"):
        with pytest.raises(MissingKey, match="2025"):
            Cipher(MasterKeys.parse(other)).take(keys)
    again = Cipher(MasterKeys.parse(f"{NEW},{OLD}"))
    again.take(keys)
    assert again.open("a.b", 1, sealed) == PHONE


def test_a_missing_master_key_is_named() -> None:
    """Its id, not its value."""
    _, keys = started()
    with pytest.raises(MissingKey, match=r"\['2025'\]") as refused:
        Cipher(MasterKeys.parse(NEW)).take(keys)
    assert 43 * "o" not in str(refused.value)


def test_an_encrypted_data_key_belongs_to_its_row() -> None:
    """A wrapped key under another id is refused."""
    _, (rows, *_) = started()
    moved = DataKey(rows.data_key_id + 1, "rows", "2025", rows.wrapped_key, rows.starts_at)
    with pytest.raises(MissingKey):
        Cipher(MasterKeys.parse(OLD)).take([moved])


def test_data_keys_outlive_their_master_key() -> None:
    """Encrypted with the new master key they open what they encrypted; the old one can go."""
    cipher, keys = started()
    sealed, index = cipher.seal("a.b", 1, PHONE), cipher.index(PHONE)
    masters = MasterKeys.parse(f"{NEW},{OLD}")
    after = Cipher(MasterKeys.parse(NEW), Clock(lambda: START))
    after.take([masters.rewrap(key) for key in keys])
    assert after.open("a.b", 1, sealed) == PHONE
    assert after.index(PHONE) == index


def test_the_newest_data_key_that_has_started_encrypts() -> None:
    """A key is stored a minute before its use, so that every replica has read it."""
    time = Time()
    cipher, keys = started(time)
    key = cipher.next_rows_key()
    cipher.take([*keys, key])
    assert not cipher.is_as_new(cipher.seal("a.b", 1, PHONE), key)
    time.at += LEAD
    assert cipher.is_as_new(cipher.seal("a.b", 1, PHONE), key)
    assert not cipher.is_as_new(PHONE, key)


def test_new_data_keys_are_made_in_time() -> None:
    """The keys of hours follow each other without a gap; those of rows last a month."""
    time = Time()
    cipher, keys = started(time)
    assert sorted(key.purpose for key in keys) == ["hour", "index", "rows"]
    assert cipher.to_store(keys) == []
    time.at += HOUR - LEAD
    (following,) = cipher.to_store(keys)
    assert (following.purpose, following.starts_at) == ("hour", START + HOUR)
    time.at = START + NEW_ROWS_KEY_AFTER
    assert {key.purpose for key in cipher.to_store(keys)} == {"hour", "rows"}


def test_a_key_of_an_hour_is_thrown_away_after_two() -> None:
    """What it encrypted cannot be read any more, not even with the master key."""
    time = Time()
    cipher, keys = started(time)
    sealed = cipher.encrypt(b"123456", b"place", "hour")
    time.at += KEPT - timedelta(seconds=1)
    assert cipher.ended(keys) == []
    assert cipher.decrypt(sealed, b"place") == b"123456"
    time.at += timedelta(seconds=1)
    ended = cipher.ended(keys)
    assert [key.purpose for key in ended] == ["hour"]
    cipher.take([key for key in keys if key not in ended])
    with pytest.raises(UnknownDataKey) as unknown:
        cipher.decrypt(sealed, b"place")
    assert cipher.was_thrown_away(unknown.value)


def test_nothing_is_encrypted_with_a_key_that_is_thrown_away() -> None:
    """While no new key can be stored, there are no codes."""
    time = Time()
    cipher, _ = started(time)
    time.at += KEPT
    with pytest.raises(UnknownDataKey):
        cipher.encrypt(b"123456", b"place", "hour")


def test_keys_of_an_hour_that_the_database_lost_are_stored_again() -> None:
    """Their table is empty after a crash of PostgreSQL; the replicas have them in memory."""
    cipher, keys = started()
    left = [key for key in keys if key.purpose != "hour"]
    (again,) = cipher.to_store(left)
    assert again in keys


def test_an_index_is_keyed() -> None:
    """Another database gives another index, so a list of all phones does not help a thief."""
    assert started()[0].index(PHONE) != started()[0].index(PHONE)


@pytest.mark.parametrize(
    "text",
    ["", "2025", ":" + 43 * "o", "2025:short", f"{OLD},{OLD}", f"{OLD},", f"২০২৫:{43 * 'o'}"],
)
def test_malformed_master_keys_are_refused(text: str) -> None:
    """32 random bytes in Base64 have 43 characters at least; each key has its own id."""
    with pytest.raises(ValueError, match="must"):
        MasterKeys.parse(text)


def test_no_key_is_printed() -> None:
    """No repr shows a key."""
    _, (key, *_) = started()
    assert "o" * 43 not in repr(MasterKeys.parse(OLD))
    assert repr(key.wrapped_key) not in repr(key)


def test_a_value_of_an_owner_is_opened_for_this_owner_only() -> None:
    """Neither for another one nor for nobody, also under the same place."""
    cipher, _ = started()
    sealed = cipher.seal("cases.state", 1, PHONE, owner="lgd")
    assert cipher.open("cases.state", 1, sealed, owner="lgd") == PHONE
    for owner in ("minland", None):
        with pytest.raises(Forged):
            cipher.open("cases.state", 1, sealed, owner=owner)
    as_nobodys = "s1:" + sealed.removeprefix("o1:")
    with pytest.raises(Forged):
        cipher.open("cases.state", 1, as_nobodys, owner="lgd")


def test_a_value_from_before_its_column_had_owners_is_still_opened() -> None:
    """It is not as new as one of an owner: `re-encrypt` gives it to its owner."""
    cipher, keys = started()
    (key,) = [key for key in keys if key.purpose == "rows"]
    before = cipher.seal("cases.state", 1, PHONE)
    assert cipher.open("cases.state", 1, before, owner="lgd") == PHONE
    assert not cipher.is_as_new(before, key, is_owned=True)
    assert cipher.is_as_new(cipher.seal("cases.state", 1, PHONE, owner="lgd"), key, is_owned=True)
