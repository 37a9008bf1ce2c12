"""A visit: the browser that sends a request, as its cookies describe it.

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
from libs.web.callers.addresses import client_address
from libs.web.signed.seals import Seals

ENGLISH: Final = "/en"
HOME: Final = "/"
_LONGEST: Final = 500
_DEVICE_DAYS: Final = 180
_MOST_NAMES: Final = 4
_SEED_BYTES: Final = 12
_BROWSER_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class Login:
    """The login of a person.

    Args:
        access_token: for the gateway.
        refresh_token: for the next access token.
        expires_at_s: when the access token expires, in seconds since 1970.
        person: whose it is: the id of a citizen, or the username of a person of staff.
        name: with which the person has logged in: a phone in E.164, or the username.
    """

    access_token: str
    refresh_token: str
    expires_at_s: float
    person: str
    name: str


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
        devices: the device token of each name with which somebody has logged in here.
        last_person: who was logged in last, also after the login has ended; None for nobody yet,
            empty after a logout.
        session: what the service keeps until the browser is closed, or another person logs in.
        device: what the service keeps on the device.
        browser: what it says that it is, for the list of a person's logins.
    """

    language: Language
    path: str
    query: str
    address: str
    seed: str = ""
    login: Login | None = None
    devices: dict[str, str] = field(default_factory=dict)
    last_person: str | None = None
    session: Mapping[str, Any] = field(default_factory=dict)
    device: Mapping[str, Any] = field(default_factory=dict)
    session_changed: bool = False
    device_changed: bool = False
    browser: str = ""

    @property
    def here(self) -> str:
        """The path of the page with its query, without the language."""
        return self.path + (f"?{self.query}" if self.query else "")

    def log_in(self, login: Login, *, is_new: bool = False) -> None:
        """Remember a login; with a new one, forms of earlier logins are refused by its seed.

        What was kept for another person is forgotten.
        """
        if is_new:
            self.seed = secrets.token_urlsafe(_SEED_BYTES)
        if login.person != self.last_person:
            self.session = {}
        self.login, self.last_person = login, login.person
        self.session_changed = True

    def keep_device(self, name: str, device_token: str) -> None:
        """Remember a login on this device, with the last names only."""
        others = [(other, kept) for other, kept in self.devices.items() if other != name]
        self.devices = {**dict(others[-(_MOST_NAMES - 1) :]), name: device_token}
        self.device_changed = True

    def log_out(self) -> None:
        """Forget the login; the cookie still says whose it was, for answers that wait."""
        self.login = None
        self.session_changed = True

    def forget(self) -> None:
        """Forget the login and its person; answers from before are not shown again."""
        self.log_out()
        self.last_person = ""

    def keep(self, **changed: Any) -> None:
        """Remember something until the browser is closed, or another person logs in."""
        self.session = {**self.session, **changed}
        self.session_changed = True

    def take(self, name: str) -> Any:
        """Return the value kept for the next page, and forget it; None if there is none."""
        value = self.session.get(name)
        if value is not None:
            self.keep(**{name: None})
        return value

    def keep_on_device(self, **changed: Any) -> None:
        """Remember something on this device."""
        self.device = {**self.device, **changed}
        self.device_changed = True

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
        service: begins the names of the cookies: on one machine all services have the same host.
        seals: of the cookies.
        proxies: the networks of trusted proxies in front of this process.
        secure: whether browsers come over HTTPS; then only over HTTPS do they send the cookies.
    """

    def __init__(
        self, app: ASGIApp, *, service: str, seals: Seals, proxies: TrustedProxies, secure: bool
    ) -> None:
        self._app = app
        self._service = service
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
        session, device = self._opened(sent, "session"), self._opened(sent, "device")
        login = session.get("login")
        return Visit(
            language=language,
            path=scope["path"].removeprefix(scope.get("root_path", "")),
            query=scope["query_string"].decode("latin-1"),
            address=client_address(request, self._proxies),
            seed=session.get("seed", ""),
            login=Login(**login) if login else None,
            devices=device.get("devices", {}),
            last_person=session.get("person"),
            session=session.get("kept", {}),
            device=device.get("kept", {}),
            browser=request.headers.get("user-agent", "")[:_BROWSER_CHARS],
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
                "person": visit.last_person,
                "kept": dict(visit.session),
            }
            cookies.append(self._cookie("session", self._seals.seal(content, "session")))
        if visit.device_changed:
            content = {"devices": visit.devices, "kept": dict(visit.device)}
            sealed = self._seals.seal(content, "device")
            max_age = f"; Max-Age={_DEVICE_DAYS * 24 * 3600}"
            cookies.append(self._cookie("device", sealed) + max_age)
        return cookies

    def _cookie(self, purpose: str, sealed: str) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self._name(purpose)}={sealed}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _name(self, purpose: str) -> str:
        name = f"{self._service}-{purpose}"
        return f"__Host-{name}" if self._secure else name


def safe_path(path: str) -> str:
    """Return a path of ours; the home page for an address that could lead elsewhere."""
    elsewhere = not path.startswith("/") or path.startswith(("//", "/\\"))
    if elsewhere or len(path) > _LONGEST or not path.isascii() or not path.isprintable():
        return HOME
    return path


def _take_language(scope: Scope) -> Language:
    """Take the language from the path; the rest is the page's own path."""
    path: str = scope["path"]
    if path != ENGLISH and not path.startswith(f"{ENGLISH}/"):
        return "bn"
    scope["root_path"] = ENGLISH
    if path == ENGLISH:
        scope["path"] = f"{ENGLISH}/"
    return "en"


def _read_cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
