from contextlib import nullcontext

import pytest
from pydantic import ValidationError

from services.identity.settings import Settings

MASTER_KEYS = "1:" + 43 * "m"
HERE = "postgresql://identity:x@127.0.0.1:5432/identity"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://identity:x@db.example:5432/identity",
        "postgresql://identity:x@127.0.0.1,db.example:5432/identity",
        "postgresql://identity@127.0.0.1/identity?host=db.example",
        "postgresql:///identity?host=db.example",
        "postgresql:///identity?host=127.0.0.1,db.example",
        "postgresql://identity@localhost/identity?hostaddr=203.0.113.9",
        "postgresql://identity:x@10.0.0.5/identity",
        "postgresql://127.0.0.1:x@db.example/identity",
        "postgresql:///identity",
        "postgresql://identity@%2Fvar%2Frun%2Fpostgresql/identity",
    ],
)
def test_a_database_elsewhere_needs_a_secret(dsn: str) -> None:
    """The default secret is refused unless every host is on the loopback."""
    with pytest.raises(ValidationError, match="IDENTITY_KEY_SECRET"):
        Settings(dsn=dsn, encryption_secret=MASTER_KEYS)
    Settings(
        dsn=dsn, encryption_secret=MASTER_KEYS, key_secret="a secret of the environment, 32 long"
    )


@pytest.mark.parametrize(
    "brokers",
    ["kafka:9092", "127.0.0.1:9092,10.0.0.5:9092", "[2001:db8::1]:9092", "127.0.0.1.example:1"],
)
def test_a_broker_elsewhere_needs_a_secret(brokers: str) -> None:
    """So it is with every broker."""
    given = {
        "dsn": HERE,
        "NAGORIK_KAFKA_BOOTSTRAP": brokers,
        "encryption_secret": MASTER_KEYS,
    }
    with pytest.raises(ValidationError, match="IDENTITY_KEY_SECRET"):
        Settings.model_validate(given)
    Settings.model_validate({**given, "key_secret": "a secret of the environment, 32 long"})


def test_phones_with_a_fixed_code_are_for_one_machine() -> None:
    """Elsewhere anybody could log in as these citizens, so the service does not start."""
    phones, secret = "+8801700000001", "a secret of the environment, 32 long"
    Settings(dsn=HERE, test_phones=phones)
    elsewhere = {
        "dsn": "postgresql://identity:x@db.example:5432/identity",
        "key_secret": secret,
        "encryption_secret": f"1:{'A' * 43}",
    }
    with pytest.raises(ValidationError, match="IDENTITY_TEST_PHONES"):
        Settings.model_validate({**elsewhere, "test_phones": phones})


@pytest.mark.parametrize(
    "dsn",
    [
        HERE,
        "",
        "postgresql://identity@localhost/identity",
        "postgresql://identity@[::1]:5432/identity",
        "postgresql://identity@127.0.0.1:1,127.0.0.2:2/identity",
        "postgresql:///identity?host=127.0.0.1",
    ],
)
def test_one_machine_needs_no_secret(dsn: str) -> None:
    """Whoever tries it out begins without one."""
    given = {"dsn": dsn, "NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:9092,[::1]:9093,localhost:9094"}
    assert Settings.model_validate(given)


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


@pytest.mark.parametrize(
    ("issuer", "good"),
    [
        ("https://api.nagorik.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://api.nagorik.example", False),
        ("https://api.nagorik.example/", False),
    ],
)
def test_people_log_in_over_https(issuer: str, good: bool) -> None:
    """Without it only on one machine; the address has no path."""
    with nullcontext() if good else pytest.raises(ValidationError):
        Settings(openid_issuer=issuer)
