"""A visit: what the portal knows about the browser that sends a request, and its cookies.

The address has the language: `/en/…` is English, everything else Bangla. So a page has the same
address for everybody, and the switch keeps the place without a cookie.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.addresses import TrustedProxies
from libs.contracts.language import Language
from libs.web.addresses import client_address
from libs.web.seals import Seals

ENGLISH: Final = "/en"
_DEVICE_DAYS: Final = 180
_COUNTER_DAYS: Final = 365
_MOST_NAMES: Final = 4
_SEED_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Login:
    """A citizen who has logged in.

    Args:
        access_token: for the gateway.
        refresh_token: for the next access token.
        expires_at_s: when the access token expires, in seconds since 1970.
        citizen_id: whose it is.
        phone: with which the citizen logged in, in E.164.
    """

    access_token: str
    refresh_token: str
    expires_at_s: float
    citizen_id: str
    phone: str


@dataclass(slots=True)
class Visit:
    """One request of a browser.

    Args:
        language: of the pages.
        path: of the page, without the language.
        query: of the page.
        address: that the request comes from.
        seed: random, for the form tokens of this browser; empty without a cookie.
        login: who has logged in, or None.
        devices: the device token of each phone, in E.164, and each username of staff that has
            logged in here.
        last_citizen_id: who was logged in last, also after the login has ended; None for nobody
            yet, empty after a logout.
        code_phone: to which a one-time code was sent.
        counter: what an enrolled device of a service centre keeps: its key, and who works there.
    """

    language: Language
    path: str
    query: str
    address: str
    seed: str = ""
    login: Login | None = None
    devices: dict[str, str] = field(default_factory=dict)
    last_citizen_id: str | None = None
    code_phone: str = ""
    counter: Mapping[str, Any] = field(default_factory=dict)
    session_changed: bool = False
    devices_changed: bool = False
    counter_changed: bool = False

    @property
    def here(self) -> str:
        """The path of the page with its query, without the language."""
        return self.path + (f"?{self.query}" if self.query else "")

    def log_in(self, login: Login, device_token: str | None = None) -> None:
        """Remember a login, with the seed of a new browser session if it is a new one."""
        if device_token is not None:
            self.seed = secrets.token_urlsafe(_SEED_BYTES)
            self.keep_device(login.phone, device_token)
        self.login, self.last_citizen_id, self.code_phone = login, login.citizen_id, ""
        self.session_changed = True

    def keep_device(self, name: str, device_token: str) -> None:
        """Remember that a phone or a username of staff has logged in on this device.

        Citizens who log in on the device of a service centre push no username out, nor the other
        way round.
        """
        others = {other: kept for other, kept in self.devices.items() if other != name}
        alike = [other for other in others if _is_phone(other) == _is_phone(name)]
        for other in alike[: -(_MOST_NAMES - 1)]:
            del others[other]
        self.devices = {**others, name: device_token}
        self.devices_changed = True

    def await_code(self, phone: str) -> None:
        """Remember to which phone a one-time code was sent."""
        self.code_phone = phone
        self.session_changed = True

    def log_out(self) -> None:
        """Forget the login; the cookie still says whose it was, for answers that wait."""
        self.login = None
        self.session_changed = True

    def forget(self) -> None:
        """Forget the login and whose it was; answers from before are shown to nobody."""
        self.log_out()
        self.last_citizen_id = ""

    def keep_at_counter(self, **changed: Any) -> None:
        """Remember something on a device of a service centre."""
        self.counter = {**self.counter, **changed}
        self.counter_changed = True

    def ensure_seed(self) -> str:
        """Return the seed for form tokens, and make one for a new browser."""
        if not self.seed:
            self.seed = secrets.token_urlsafe(_SEED_BYTES)
            self.session_changed = True
        return self.seed

    def url(self, path: str, language: Language | None = None) -> str:
        """Return the address of a page in the visit's language, or in another one."""
        prefix = ENGLISH if (language or self.language) == "en" else ""
        return f"{prefix}{path}" if path != "/" else prefix or "/"


def visit_of(request: Request) -> Visit:
    """Return the visit that a request belongs to."""
    visit: Visit = request.state.visit
    return visit


class Visits:
    """ASGI middleware: reads language and cookies, and writes cookies that have changed.

    Args:
        app: the application.
        seals: of the cookies.
        proxies: the networks of trusted proxies in front of this process.
        secure: whether browsers come over HTTPS; then only over HTTPS do they send the cookies.
    """

    def __init__(
        self, app: ASGIApp, *, seals: Seals, proxies: TrustedProxies, secure: bool
    ) -> None:
        self._app = app
        self._seals = seals
        self._proxies = proxies
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = self._read(scope)
        scope.setdefault("state", {})["visit"] = visit

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for cookie in self._cookies(visit):
                    headers.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookies)

    def _read(self, scope: Scope) -> Visit:
        request = Request(scope)
        language = _take_language(scope)
        sent = _read_cookies(request.headers.get("cookie", ""))
        session = self._opened(sent, "session")
        login = session.get("login")
        return Visit(
            language=language,
            path=scope["path"].removeprefix(scope.get("root_path", "")),
            query=scope["query_string"].decode("latin-1"),
            address=client_address(request, self._proxies),
            seed=session.get("seed", ""),
            login=Login(**login) if login else None,
            devices=self._opened(sent, "device").get("devices", {}),
            last_citizen_id=session.get("citizen"),
            code_phone=session.get("phone", ""),
            counter=self._opened(sent, "counter"),
        )

    def _opened(self, sent: Mapping[str, str], purpose: str) -> dict[str, Any]:
        sealed = sent.get(self._name(purpose))
        return (self._seals.open(sealed, purpose) if sealed else None) or {}

    def _cookies(self, visit: Visit) -> list[str]:
        cookies = []
        if visit.session_changed:
            login = asdict(visit.login) if visit.login else None
            content = {
                "seed": visit.seed,
                "login": login,
                "citizen": visit.last_citizen_id,
                "phone": visit.code_phone,
            }
            cookies.append(self._cookie("session", self._seals.seal(content, "session")))
        if visit.devices_changed:
            sealed = self._seals.seal({"devices": visit.devices}, "device")
            kept = f"; Max-Age={_DEVICE_DAYS * 24 * 3600}"
            cookies.append(self._cookie("device", sealed) + kept)
        if visit.counter_changed:
            sealed = self._seals.seal(dict(visit.counter), "counter")
            kept = f"; Max-Age={_COUNTER_DAYS * 24 * 3600}"
            cookies.append(self._cookie("counter", sealed) + kept)
        return cookies

    def _cookie(self, purpose: str, sealed: str) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self._name(purpose)}={sealed}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _name(self, purpose: str) -> str:
        return f"__Host-{purpose}" if self._secure else purpose


def _take_language(scope: Scope) -> Language:
    """Take the language from the path; what is left is the page's own path."""
    path: str = scope["path"]
    if path != ENGLISH and not path.startswith(f"{ENGLISH}/"):
        return "bn"
    scope["root_path"] = ENGLISH
    if path == ENGLISH:
        scope["path"] = f"{ENGLISH}/"
    return "en"


def _is_phone(name: str) -> bool:
    return name.startswith("+")


def _read_cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
