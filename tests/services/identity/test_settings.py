import pytest
from pydantic import ValidationError

from services.identity.settings import Settings

ELSEWHERE = "postgresql://identity:x@db.example:5432/identity"


def test_a_database_on_another_machine_needs_a_secret() -> None:
    """The default secret is refused with a database on another machine."""
    with pytest.raises(ValidationError, match="IDENTITY_KEY_SECRET"):
        Settings(dsn=ELSEWHERE)
    Settings(dsn=ELSEWHERE, key_secret="a secret of the environment, 32 long")
    Settings(dsn="postgresql://identity:x@127.0.0.1:5432/identity")


def test_a_short_secret_is_refused() -> None:
    """A secret has at least 32 characters."""
    with pytest.raises(ValidationError):
        Settings(key_secret="short")


def test_a_new_key_is_fetched_before_it_signs() -> None:
    """The key set may not be cached longer than the lead time of a new key."""
    with pytest.raises(ValidationError, match="key_lead_s"):
        Settings(key_set_cached_s=900)


def test_the_secret_is_not_printed() -> None:
    """No repr of the settings shows the secret."""
    secret = "a secret of the environment, 32 long"
    assert secret not in repr(Settings(key_secret=secret))
