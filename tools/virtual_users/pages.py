"""Pages and forms as a browser without JavaScript has them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from lxml import etree

from libs.bangladesh.text import Malformed, parse_int
from tools.virtual_users.photo import as_form

_REQUEST_TIMEOUT_S = 15.0
_GIVE_UP_AFTER_S = 120.0
_PAUSE_S = 0.5
_REPEATED = frozenset({429, 500, 502, 503, 504})
_MOST_REDIRECTS = 10


class NoSuchForm(Exception):
    """The page has no such form."""


@dataclass(slots=True)
class Form:
    """One form of a page.

    Args:
        action: where it is sent, as written.
        method: `get` or `post`.
        fields: what is sent if nothing is changed.
        controls: the values that each control that people see can have; none for a text.
        checked: names of the check boxes and radio buttons.
        buttons: the values that each named button sends.
    """

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    controls: dict[str, list[str]] = field(default_factory=dict)
    checked: set[str] = field(default_factory=set)
    buttons: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """One page as it was answered."""

    url: str
    status: int
    html: str
    headers: Mapping[str, str]
    forms: list[Form]
    links: list[str]
    title: str
    text: str
    ids: set[str]

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    def form(self, control: str = "", *, action: str = "") -> Form:
        """Return the first posted form with a control, or with an action that ends so.

        Raises:
            NoSuchForm: there is none.
        """
        for form in self.forms:
            has_control = not control or control in form.controls or control in form.fields
            if form.method == "post" and has_control and form.action.endswith(action):
                return form
        raise NoSuchForm(f"{self.status} {self.path}")


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a form with a file, and its media type."""

    content: bytes
    media_type: str


class Browser:
    """Opens pages and sends forms; keeps cookies, and repeats requests without an answer.

    Args:
        http: the client; its own cookies are not used.
        url: base URL of the pages.
        headers: sent with every request.
        patience_s: seconds for which a request without a usable answer is repeated.
        check: is given each page.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        headers: Mapping[str, str],
        *,
        patience_s: float = _GIVE_UP_AFTER_S,
        check: Callable[[Page], None] | None = None,
    ) -> None:
        self._check = check
        self._http = http
        self._url = url
        self._headers = headers
        self._patience_s = patience_s
        self.cookies: dict[str, str] = {}

    async def open(self, path: str) -> Page:
        """Open a page, by its path or its address."""
        return await self._request("GET", urljoin(self._url, path), None)

    async def send(self, page: Page, form: Form, values: Mapping[str, str] | None = None) -> Page:
        """Send a form of a page with some values changed; return the page that follows."""
        fields = {**form.fields, **(values or {})}
        return await self._request("POST", urljoin(page.url, form.action), fields)

    async def upload(self, page: Page, form: Form, file: bytes) -> Page:
        """Send a form of a page with a file; return the page that follows."""
        fields = {name: text for name, text in form.fields.items() if name not in form.controls}
        media_type, content = as_form(form.fields.get("kind", "paper"), file, fields)
        body = Body(content, media_type)
        return await self._request("POST", urljoin(page.url, form.action), body)

    async def _request(
        self, method: str, url: str, fields: Mapping[str, str] | Body | None
    ) -> Page:
        for _ in range(_MOST_REDIRECTS):
            status, headers, text = await self._answer(method, url, fields)
            if status not in {302, 303}:
                page = read_page(url, status, text, headers)
                if self._check:
                    self._check(page)
                return page
            method, url, fields = "GET", urljoin(url, headers["location"]), None
        raise NoSuchForm(f"too many redirects: {urlsplit(url).path}")

    async def _answer(
        self, method: str, url: str, fields: Mapping[str, str] | Body | None
    ) -> tuple[int, Mapping[str, str], str]:
        until_s = time.monotonic() + self._patience_s
        media_type = {"content-type": fields.media_type} if isinstance(fields, Body) else {}
        while True:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            try:
                async with self._http.request(
                    method,
                    url,
                    data=fields.content if isinstance(fields, Body) else fields,
                    headers={**self._headers, **media_type, "cookie": cookie},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT_S),
                ) as response:
                    text = await response.text()
                    self._keep(response.headers.getall("set-cookie", []))
                    if response.status not in _REPEATED or time.monotonic() >= until_s:
                        headers = {name.lower(): v for name, v in response.headers.items()}
                        return response.status, headers, text
            except (aiohttp.ClientError, TimeoutError):
                if time.monotonic() >= until_s:
                    raise
            await asyncio.sleep(_PAUSE_S)

    def _keep(self, cookies: list[str]) -> None:
        for written in cookies:
            for name, morsel in SimpleCookie(written).items():
                self.cookies[name] = morsel.value


def filled(form: Form, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that the controls of a form get from the answers to a JSON Schema."""
    values = {}
    for name, allowed in form.controls.items():
        value = _control_value(name, answers)
        if value is not None and (not allowed or value in allowed):
            values[name] = value
    return values


def papers_named(form: Form, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of the papers that a form asks for and answers name, by question."""
    return {
        name: document_id
        for name in form.buttons.get("paper", ())
        if (document_id := _control_value(f"{name}.document_id", answers)) is not None
    }


def read_page(url: str, status: int, html: str, headers: Mapping[str, str]) -> Page:
    """Read a page."""
    reader = _Reader()
    parser = etree.HTMLParser(target=reader)  # type: ignore[arg-type]  # no bytes, no comments
    parser.feed(html)
    parser.close()
    text = " ".join(" ".join(reader.text).split())
    return Page(
        url, status, html, headers, reader.forms, reader.links, reader.title, text, reader.ids
    )


def _control_value(name: str, answers: Any) -> str | None:
    """Return a person's input for a control: its name is the path of an answer."""
    for step in name.split("."):
        if isinstance(answers, Mapping):
            is_district = step == "district" and step not in answers
            answers = str(answers.get("area", ""))[:4] if is_district else answers.get(step)
        elif isinstance(answers, list):
            answers = _item(answers, step)
        elif isinstance(answers, str) and step in {"year", "month", "day"}:
            answers = dict(zip(("year", "month", "day"), answers.split("-"), strict=True))[step]
        else:
            return None
    if isinstance(answers, bool):
        return "yes" if answers else "no"
    return str(answers) if isinstance(answers, str | int | float) else None


def _item(answers: list[Any], step: str) -> Any:
    """Return an item by its number, or whether the list has this value."""
    try:
        number = parse_int(step)
    except Malformed:
        return True if step in answers else None
    return answers[number] if number < len(answers) else None


class _Reader:
    """Collects the parts of a page: lxml's parser calls its public methods."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text: list[str] = []
        self.title = ""
        self._select = ""
        self._area = ""
        self._tag = ""
        self._pieces: list[str] = []

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        """Read the start of an element."""
        self._end_of_text()
        self._tag = tag
        self.ids.add(attrib.get("id", ""))
        match tag:
            case "a":
                self.links.append(attrib.get("href", ""))
            case "form":
                self.forms.append(Form(attrib.get("action", ""), attrib.get("method", "get")))
            case "input" if self.forms and "name" in attrib:
                self._input(self.forms[-1], attrib)
            case "button" if self.forms and "name" in attrib:
                self.forms[-1].buttons.setdefault(attrib["name"], []).append(attrib["value"])
            case "select" | "textarea" if self.forms:
                name = attrib["name"]
                self.forms[-1].controls[name], self.forms[-1].fields[name] = [], ""
                self._select, self._area = name, name if tag == "textarea" else ""
            case "option" if self.forms:
                self.forms[-1].controls[self._select].append(attrib["value"])
                if "selected" in attrib:
                    self.forms[-1].fields[self._select] = attrib["value"]
            case _:
                pass

    def end(self, tag: str) -> None:
        """Read the end of an element."""
        self._end_of_text()
        self._area = "" if tag == "textarea" else self._area
        self._tag = ""

    def data(self, piece: str) -> None:
        """Read a piece of text, which goes on until an element starts or ends."""
        self._pieces.append(piece)

    def close(self) -> None:
        """Read the end of the page."""
        self._end_of_text()

    def _end_of_text(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._tag == "title":
            self.title += text
        elif self._area:
            self.forms[-1].fields[self._area] += text
        elif text:
            self.text.append(text)

    @staticmethod
    def _input(form: Form, given: Mapping[str, str]) -> None:
        name, value, kind = given["name"], given.get("value", ""), given.get("type", "text")
        if kind == "hidden":
            form.fields[name] = value
        elif kind in {"radio", "checkbox"}:
            form.controls.setdefault(name, []).append(value)
            form.checked.add(name)
            if "checked" in given:
                form.fields[name] = value
        else:
            form.controls[name] = []
            form.fields[name] = value
