"""Passkeys (W3C Web Authentication Level 3): the options for a browser, and its answers."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from libs.errors import Refused
from services.identity.second_factors.rules import CHALLENGE_S

_NAME: Final = "Nagorik Sheba"
_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError)


@dataclass(frozen=True, slots=True, repr=False)
class Passkey:
    """A passkey of a person of our staff.

    Args:
        passkey_id: chosen by the authenticator.
        staff_id: the account.
        name: given by its owner.
        public_key: in COSE form (RFC 9052).
        sign_count: how often it was used, 0 where the authenticator does not count.
    """

    passkey_id: bytes
    staff_id: UUID
    name: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that passkeys belong to.

    Args:
        origin: the address of the page where staff log in, without a path.
    """

    origin: str
    domain: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the domain from the origin."""
        object.__setattr__(self, "domain", urlsplit(self.origin).hostname or "")

    def registration_options(
        self, staff_id: UUID, username: str, passkey_ids: Collection[bytes], challenge: bytes
    ) -> dict[str, Any]:
        """Return the argument of `navigator.credentials.create`, as JSON."""
        options = generate_registration_options(
            rp_id=self.domain,
            rp_name=_NAME,
            user_id=staff_id.bytes,
            user_name=username,
            challenge=challenge,
            timeout=CHALLENGE_S * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=passkey_id) for passkey_id in passkey_ids
            ],
        )
        return _as_json(options_to_json(options))

    def login_options(self, challenge: bytes) -> dict[str, Any]:
        """Return the argument of `navigator.credentials.get`; it names no account."""
        options = generate_authentication_options(
            rp_id=self.domain,
            challenge=challenge,
            timeout=CHALLENGE_S * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _as_json(options_to_json(options))

    def read_registration(
        self, answer: Mapping[str, Any], challenge: bytes, staff_id: UUID, name: str
    ) -> Passkey:
        """Return the new passkey in a browser's answer.

        Raises:
            Refused: the answer does not belong to the challenge, the site, or a verified person.
        """
        try:
            made = verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except _MALFORMED as wrong:
            raise Refused("passkey_wrong") from wrong
        return Passkey(
            made.credential_id, staff_id, name, made.credential_public_key, made.sign_count
        )

    def read_login(
        self, answer: Mapping[str, Any], challenge: bytes, passkey: Passkey
    ) -> int | None:
        """Return the new count of a passkey that signed the challenge; None if it did not."""
        try:
            verified = verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except _MALFORMED:
            return None
        return verified.new_sign_count


def challenge_in(answer: Mapping[str, Any]) -> bytes:
    """Return the challenge that an answer repeats; empty if it is malformed."""
    try:
        client_data = base64url_to_bytes(answer["response"]["clientDataJSON"])
        return parse_client_data_json(client_data).challenge
    except (*_MALFORMED, AttributeError):
        return b""


def id_in(answer: Mapping[str, Any]) -> bytes:
    """Return the id of the passkey that answered; empty if it is malformed."""
    try:
        return base64url_to_bytes(answer["rawId"])
    except (*_MALFORMED, AttributeError):
        return b""


def _as_json(options: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(options)
    return made
