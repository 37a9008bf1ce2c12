from datetime import UTC, datetime, timedelta

from services.identity.signing_keys.rules import (
    KeyPolicy,
    StoredKey,
    expired_keys,
    key_stages,
    published_keys,
    signing_key,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = KeyPolicy(lead_s=900, token_life_s=900, clock_skew_s=60)


def key(kid: str, signs_in_s: int) -> StoredKey:
    return StoredKey(kid, "{}", b"", NOW + timedelta(seconds=signs_in_s))


def kids(keys: list[StoredKey]) -> list[str]:
    return [stored_key.kid for stored_key in keys]


OLD, NEW = key("old", -86_400), key("new", 900)


def test_a_new_key_is_published_before_it_signs() -> None:
    """During the lead time the old key signs, and both keys are published."""
    assert signing_key([OLD, NEW], NOW) == OLD
    assert kids(published_keys([NEW, OLD], POLICY, NOW)) == ["old", "new"]


def test_the_old_key_stays_until_its_last_token_has_expired() -> None:
    """A token signed in the last second of the old key can be verified until it expires."""
    last_token_ends = NEW.signs_from + timedelta(seconds=POLICY.token_life_s)
    assert signing_key([OLD, NEW], NEW.signs_from) == NEW
    assert kids(published_keys([OLD, NEW], POLICY, last_token_ends)) == ["old", "new"]
    later = last_token_ends + timedelta(seconds=POLICY.clock_skew_s)
    assert kids(published_keys([OLD, NEW], POLICY, later)) == ["new"]
    assert kids(expired_keys([OLD, NEW], POLICY, later)) == ["old"]


def test_the_only_key_never_expires() -> None:
    """Without a rotation the first key signs without end."""
    far = NOW + timedelta(days=3650)
    assert expired_keys([OLD], POLICY, far) == []
    assert signing_key([OLD], far) == OLD


def test_there_is_no_signing_key_before_the_first_starts() -> None:
    """Without keys, or with a later key only, there is no signing key."""
    assert signing_key([], NOW) is None
    assert signing_key([NEW], NOW) is None


def test_a_rotation_ends() -> None:
    """The stages of both keys are known, and when the last token of the old one has expired."""
    ends = NEW.signs_from + timedelta(seconds=960)
    for at, expected in (
        (NOW, [("old", "signs", ends), ("new", "next", None)]),
        (NEW.signs_from, [("old", "verifies", ends), ("new", "signs", None)]),
        (ends, [("new", "signs", None)]),
    ):
        stages = key_stages([NEW, OLD], POLICY, at)
        assert [(stage.kid, stage.stage, stage.ends_at) for stage in stages] == expected
