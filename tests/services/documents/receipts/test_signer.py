from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.clock import Clock
from libs.contracts.documents import DocumentReference, Receipt
from libs.ids import new_id
from libs.web.calling.key_sets import key_id_of
from libs.web.signed.receipts import read_receipt
from services.documents.receipts.signer import ReceiptSigner, signing_key

SECRET, EARLIER = "a" * 32, "b" * 32
OWNER = new_id()
PAPER = DocumentReference(
    document_id=new_id(),
    kind="photo",
    media_type="image/jpeg",
    size_bytes=10,
    sha256="ab" * 32,
    state="not_scanned",
)


def signer(*secrets: str) -> ReceiptSigner:
    return ReceiptSigner([signing_key(secret) for secret in secrets], 24, Clock())


def keys_of(one: ReceiptSigner) -> KeySet:
    return KeySet.import_key_set(one.key_set())  # type: ignore[arg-type]


def test_a_receipt_says_whose_paper_it_is() -> None:
    """Owner, paper and expiry come back as they were signed."""
    one = signer(SECRET)
    receipt, expires_at = one.sign(OWNER, PAPER)
    assert read_receipt(receipt, keys_of(one)) == Receipt(OWNER, PAPER, expires_at.timestamp())


def test_a_receipt_for_an_uddokta_names_the_mandate() -> None:
    """So it goes with no other application."""
    one, mandate_id = signer(SECRET), new_id()
    receipt, _ = one.sign(OWNER, PAPER, mandate_id)
    read = read_receipt(receipt, keys_of(one))
    assert read is not None
    assert read.mandate_id == mandate_id


def test_every_replica_signs_with_the_same_key() -> None:
    """The key follows from the secret; the published one has no private part."""
    assert key_id_of(signer(SECRET).sign(OWNER, PAPER)[0]) == signing_key(SECRET).kid
    assert all("d" not in key for key in signer(SECRET).key_set()["keys"])


def test_receipts_of_an_earlier_secret_stay_valid() -> None:
    """While it is named; without it they are refused."""
    receipt, _ = signer(EARLIER).sign(OWNER, PAPER)
    read = read_receipt(receipt, keys_of(signer(SECRET, EARLIER)))
    assert read is not None
    assert read.reference == PAPER
    assert read_receipt(receipt, keys_of(signer(SECRET))) is None


def forged(key: ECKey, **changed: Any) -> str:
    """A token with a good signature that is no receipt."""
    header = {"alg": "ES256", "typ": "document-receipt+jwt", "kid": key.kid}
    claims = {
        "iss": "nagorik-documents",
        "aud": "nagorik-applications",
        "sub": str(OWNER),
        "exp": 1,
        **PAPER.model_dump(mode="json"),
    }
    for name, value in changed.items():
        (header if name in header else claims)[name] = value
    return jwt.encode(header, claims, key, algorithms=["ES256"])


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "nagorik-identity"},
        {"aud": "nagorik"},
        {"typ": "JWT"},
        {"sub": "nobody"},
        {"state": "perhaps"},
        {"sha256": "short"},
        {"exp": "soon"},
    ],
)
def test_what_is_no_receipt_is_refused(changed: dict[str, Any]) -> None:
    """Also with a good signature: an access token is no receipt."""
    key = signing_key(SECRET)
    assert read_receipt(forged(key), keys_of(signer(SECRET)))
    assert read_receipt(forged(key, **changed), keys_of(signer(SECRET))) is None


@pytest.mark.parametrize("text", ["", "a.b.c", "e30.e30.", "টাকা", "x" * 3000])
def test_text_is_no_receipt(text: str) -> None:
    """Whatever a citizen sends."""
    assert key_id_of(text) is None
    assert read_receipt(text, keys_of(signer(SECRET))) is None
