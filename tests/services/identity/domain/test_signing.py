from datetime import UTC, datetime, timedelta

from services.identity.domain.signing import (
    KeyRules,
    StoredKey,
    forgotten_keys,
    published_keys,
    signing_key,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
RULES = KeyRules(lead_s=900, token_life_s=900, clock_s=60)


def key(kid: str, signs_in_s: int) -> StoredKey:
    return StoredKey(kid, "{}", b"", NOW + timedelta(seconds=signs_in_s))


def kids(keys: list[StoredKey]) -> list[str]:
    return [one.kid for one in keys]


OLD, NEW = key("old", -86_400), key("new", 900)


def test_a_new_key_is_published_before_it_signs() -> None:
    """Until the lead time is over the old key signs, and both are shown."""
    assert signing_key([OLD, NEW], NOW) == OLD
    assert kids(published_keys([NEW, OLD], RULES, NOW)) == ["old", "new"]


def test_the_old_key_stays_until_its_last_token_has_expired() -> None:
    """A token signed in the last second before the change can be checked to its end."""
    last_token_ends = NEW.signs_from + timedelta(seconds=RULES.token_life_s)
    assert signing_key([OLD, NEW], NEW.signs_from) == NEW
    assert kids(published_keys([OLD, NEW], RULES, last_token_ends)) == ["old", "new"]
    later = last_token_ends + timedelta(seconds=RULES.clock_s)
    assert kids(published_keys([OLD, NEW], RULES, later)) == ["new"]
    assert kids(forgotten_keys([OLD, NEW], RULES, later)) == ["old"]


def test_the_only_key_is_never_forgotten() -> None:
    """Without a rotation the first key signs for ever."""
    far = NOW + timedelta(days=3650)
    assert forgotten_keys([OLD], RULES, far) == []
    assert signing_key([OLD], far) == OLD


def test_without_a_key_nothing_signs() -> None:
    """An empty or a coming key set has no signing key."""
    assert signing_key([], NOW) is None
    assert signing_key([NEW], NOW) is None
