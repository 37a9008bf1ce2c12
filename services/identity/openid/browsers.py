"""The cookies of a browser, and the forms that it was given."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Language
from libs.errors import Refused
from libs.web.signed.seals import Seals
from services.identity.clients.parameters import Parameters
from services.identity.openid.rules import LoginRequest

_LOGIN: Final = "login"
_DEVICE: Final = "device"
_SEED_BYTES: Final = 16
_DEVICE_KEPT_S: Final = 180 * 24 * 3600
_FORM_VALID: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser, by its cookies.

    Args:
        login_id: the session of the person who has logged in, or None.
        device_token: of the last login on this device, also of an earlier one.
        seed: random; the forms of this browser are bound to it.
    """

    login_id: UUID | None = None
    device_token: str | None = None
    seed: str = field(default_factory=lambda: secrets.token_urlsafe(_SEED_BYTES))


@dataclass(frozen=True, slots=True)
class LoginForm:
    """The values that the forms of a login carry from page to page.

    Args:
        request: of the client.
        phone: to which a code was sent; empty before.
        needs_proof: whether the phone was silent for long, so that a number of the profile is asked
            for with the code.
    """

    request: LoginRequest
    phone: str = ""
    needs_proof: bool = False


@dataclass(frozen=True, slots=True)
class LogoutForm:
    """The values that the form of a logout carries.

    Args:
        address: where the browser goes after it; None to stay.
        language: of the pages.
    """

    address: str | None
    language: Language


AnyForm = TypeVar("AnyForm", LoginForm, LogoutForm)


@dataclass(frozen=True, slots=True)
class Browsers:
    """Reads and writes cookies and forms.

    A form is bound to the browser by its cookie (OWASP: signed double-submit cookie), which changes
    with every login. `Origin` and Fetch Metadata are looked at besides.

    Args:
        seals: encrypts them.
        origin: ours, as browsers see it.
    """

    seals: Seals
    origin: str

    def read(self, request: Request) -> Browser:
        """Return the browser that sends a request; a new one gets a new seed."""
        device_token = request.cookies.get(self._name(_DEVICE))
        content = self.seals.open(request.cookies.get(self._name(_LOGIN), ""), _LOGIN)
        if content is None:
            return Browser(device_token=device_token)
        login_id = UUID(content["login_id"]) if content["login_id"] else None
        return Browser(login_id, device_token, content["seed"])

    def save(self, response: Response, browser: Browser) -> None:
        """Set the cookies of a browser."""
        login_id = str(browser.login_id) if browser.login_id else None
        content = {"seed": browser.seed, "login_id": login_id}
        self._set(response, _LOGIN, self.seals.seal(content, _LOGIN), None)
        if browser.device_token is not None:
            self._set(response, _DEVICE, browser.device_token, _DEVICE_KEPT_S)

    def seal_form(self, form: LoginForm | LogoutForm, browser: Browser, at: datetime) -> str:
        """Return the hidden field of a form: its content, and the browser that it was made for."""
        kind = type(form)
        content = {
            "form": TypeAdapter(kind).dump_python(form, mode="json"),
            "seed": browser.seed,
            "expires_at_s": (at + _FORM_VALID).timestamp(),
        }
        return self.seals.seal(content, kind.__name__)

    def open_form(
        self, kind: type[AnyForm], request: Request, fields: Parameters, at: datetime
    ) -> tuple[AnyForm, Browser]:
        """Return the content of a posted form, and the browser that posts it.

        Raises:
            Refused: it comes from another site or browser, or is older than an hour
                (`login_form_invalid`).
        """
        browser = self.read(request)
        site = request.headers.get("sec-fetch-site", "same-origin")
        is_ours = (
            site == "same-origin" and request.headers.get("origin", self.origin) == self.origin
        )
        content = self.seals.open(fields.get("form", ""), kind.__name__)
        if not is_ours or content is None or at.timestamp() >= content["expires_at_s"]:
            raise Refused("login_form_invalid")
        if not hmac.compare_digest(content["seed"], browser.seed):
            raise Refused("login_form_invalid")
        return TypeAdapter(kind).validate_python(content["form"]), browser

    def _set(self, response: Response, purpose: str, value: str, max_age_s: int | None) -> None:
        response.set_cookie(
            self._name(purpose),
            value,
            max_age=max_age_s,
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def _name(self, purpose: str) -> str:
        prefix = "__Host-" if self._is_secure else ""
        return f"{prefix}openid-{purpose}"

    @property
    def _is_secure(self) -> bool:
        return self.origin.startswith("https://")
