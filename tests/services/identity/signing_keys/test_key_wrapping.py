from datetime import UTC, datetime

from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key

WRAPPING = KeyWrapping.of_secret("a secret of the environment, 32 long")


def test_a_private_key_is_readable_with_its_secret_only() -> None:
    """A stolen database signs nothing; a wrapped key belongs to its kid."""
    key = generate_key(WRAPPING, datetime.now(UTC))
    assert WRAPPING.unwrap(key.wrapped_private_key, key.kid) is not None
    other = KeyWrapping.of_secret("another")
    assert other.unwrap(key.wrapped_private_key, key.kid) is None
    assert WRAPPING.unwrap(key.wrapped_private_key, "another kid") is None
    assert b'"d"' not in key.wrapped_private_key
    assert '"d"' not in key.public_jwk
