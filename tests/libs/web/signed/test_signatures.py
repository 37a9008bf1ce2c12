from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.web.signed.signatures import sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime(2021, 2, 25, 12, 0, 30, tzinfo=UTC)
BODY = b'{"test": 2432232314}'


def test_example_of_the_specification_comes_out() -> None:
    """Our signature of the public test vector is the published one, so others can check ours."""
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    headers = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, BODY)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [SECRET, "a plain secret", "whsec_not base64 at all"])
def test_signed_body_is_accepted(secret: str) -> None:
    """What is signed with a secret is accepted with it, and gives its id."""
    assert verify(secret, sign(secret, "msg_1", AT, BODY), BODY, AT) == "msg_1"


def test_one_matching_signature_of_several_is_enough() -> None:
    """During a rotation the sender signs with both secrets."""
    headers = sign(SECRET, "msg_1", AT, BODY)
    headers["webhook-signature"] = "v1,AAAA v1a,BBBB " + headers["webhook-signature"]
    assert verify(SECRET, headers, BODY, AT) == "msg_1"


@pytest.mark.parametrize("drift_s", [-301, 301])
def test_old_message_cannot_be_played_again(drift_s: int) -> None:
    """Messages older or newer than five minutes are refused."""
    with pytest.raises(Refused, match="signature_invalid"):
        verify(SECRET, sign(SECRET, "msg_1", AT, BODY), BODY, AT + timedelta(seconds=drift_s))


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "1614254431"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v2,g0hM9SsE"},
        {"webhook-signature": "v1,\u00e9"},
    ],
)
def test_changed_header_is_refused(change: dict[str, str]) -> None:
    """A changed id, time or signature is refused."""
    with pytest.raises(Refused, match="signature_invalid"):
        verify(SECRET, sign(SECRET, "msg_1", AT, BODY) | change, BODY, AT)


def test_changed_body_is_refused() -> None:
    """A changed byte is refused."""
    with pytest.raises(Refused, match="signature_invalid"):
        verify(SECRET, sign(SECRET, "msg_1", AT, BODY), BODY + b" ", AT)


def test_other_secret_is_refused() -> None:
    """A signature with another secret is refused."""
    with pytest.raises(Refused, match="signature_invalid"):
        verify(SECRET, sign("another", "msg_1", AT, BODY), BODY, AT)


def test_missing_headers_are_refused() -> None:
    """A body without a signature is refused."""
    with pytest.raises(Refused, match="signature_invalid"):
        verify(SECRET, {}, BODY, AT)
