"""What a paper says is signed by the key of its body and year; others verify it."""

import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.issuance.keys.signer import PaperSigner
from tests.services.issuance.scenes import SIGNER, decoded, parts_of

CLAIMS = {"n": "7K4M-9PXR-T3H5", "h": "রহিমা খাতুন"}
YEARS = [("lgd", 2025), ("lgd", 2026), ("mofa", 2026)]


def key_of(token: str, signer: PaperSigner = SIGNER) -> ec.EllipticCurvePublicKey:
    """The public key that the shown set has for a token."""
    kid = parts_of(token)[0]["kid"]
    (key,) = [key for key in signer.public_keys(YEARS).keys if key.kid == kid]
    x, y = (int.from_bytes(decoded(number)) for number in (key.x, key.y))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def test_openssl_verifies_a_token_and_finds_a_change(tmp_path: Path) -> None:
    """Another implementation, with the public set alone."""
    token = SIGNER.sign("lgd", 2026, CLAIMS)
    _, claims, signed, signature = parts_of(token)
    assert claims == CLAIMS
    pem = key_of(token).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for name, content in {"key": pem, "signature": signature, "signed": signed}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "changed").write_bytes(signed.replace(b"e", b"f", 1))
    for name, right in (("signed", True), ("changed", False)):
        command = ["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "signature", name]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
        assert (ran.returncode == 0) is right


def test_the_same_claims_have_the_same_signature() -> None:
    """So a paper is drawn alike each time, and a list that has not changed has the same tag."""
    assert SIGNER.sign("lgd", 2026, CLAIMS) == SIGNER.sign("lgd", 2026, CLAIMS)


def test_each_body_and_year_has_a_key_of_its_own() -> None:
    """A token of one is none of another."""
    keys = SIGNER.public_keys(YEARS).keys
    assert len({key.x for key in keys}) == len({key.kid for key in keys}) == len(YEARS)
    assert {(key.body, key.year) for key in keys} == set(YEARS)
    _, _, signed, signature = parts_of(SIGNER.sign("lgd", 2026, CLAIMS))
    other = key_of(SIGNER.sign("lgd", 2025, CLAIMS))
    with pytest.raises(InvalidSignature):
        other.verify(signature, signed, ec.ECDSA(hashes.SHA256()))


def test_a_token_of_before_a_rotation_is_verified_after_it() -> None:
    """As long as the earlier secret is there; a new secret signs with other keys."""
    old = SIGNER.sign("lgd", 2026, CLAIMS)
    after = PaperSigner(["another-secret-another-secret-123", *SIGNER.secrets])
    _, _, signed, signature = parts_of(old)
    key_of(old, after).verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    assert parts_of(after.sign("lgd", 2026, CLAIMS))[0]["kid"] != parts_of(old)[0]["kid"]


def test_the_public_set_has_no_private_number() -> None:
    assert "d" not in SIGNER.public_keys(YEARS).keys[0].model_dump()
    assert SIGNER.secrets[0] not in repr(SIGNER)
