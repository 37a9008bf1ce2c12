"""Renders pages from the templates of a service and of this library."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.contracts.language import Text
from libs.pages import formats
from libs.pages.assets import Assets
from libs.pages.errors import as_on_page
from libs.pages.form_tokens import FormTokens
from libs.pages.posts import TOKEN
from libs.pages.visits import Visit, visit_of
from libs.web.pages import page_headers, templates_in

_TEMPLATES: Final = Path(__file__).with_name("templates")
_STYLE: Final = "'self'"
_FILES: Final = "font-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'"
HEADERS: Final[Mapping[str, str]] = page_headers(_STYLE, more=_FILES)
"""Of what is no page."""


class Pages:
    """Renders pages; every page knows the visit and says everything in its language.

    Args:
        folders: of the service's own templates.
        form_tokens: of its forms.
        assets: the files that pages refer to.
        secure: whether browsers come over HTTPS, and shall never come otherwise.
        form_action: origins beside its own to which its forms lead.
        shared: what all templates can use, by name.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        form_tokens: FormTokens,
        assets: Assets,
        *,
        secure: bool,
        form_action: str = "",
        shared: Mapping[str, Hashable],
    ) -> None:
        self._form_tokens = form_tokens
        self._headers = page_headers(
            _STYLE, form_action=f"'self' {form_action}".strip(), more=_FILES, secure=secure
        )
        self._templates = templates_in(*folders, _TEMPLATES, asset=assets.url, **shared)

    def show(
        self, request: Request, template: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Render a page.

        Args:
            request: of the browser.
            template: file name of a template.
            status: of the answer.
            values: for the template.
        """
        visit = visit_of(request)
        used_token = False

        def token() -> str:
            nonlocal used_token
            used_token = True
            return self._form_tokens.make(visit.ensure_seed(), visit.last_person or "")

        def form_token() -> Markup:
            return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN, token())

        def with_token(address: str, **query: str) -> str:
            return f"{address}?{urlencode({**query, TOKEN: token()})}"

        values |= {"form_token": form_token, "with_token": with_token, **_words_of(visit)}
        text = self._templates.get_template(template).render(visit=visit, **values)
        if values.get("errors"):  # their summary names controls whose labels stand below it
            values["errors"] = as_on_page(values["errors"], text)
            text = self._templates.get_template(template).render(visit=visit, **values)
        personal = used_token or visit.session_changed or visit.login is not None or status >= 400
        headers = {
            **self._headers,
            "cache-control": "no-store" if personal else "no-cache",
            "content-language": visit.language,
        }
        return HTMLResponse(text, status, headers)

    def go(self, request: Request, path: str) -> Response:
        """Send the browser to another page of ours, in the language of the visit."""
        headers = {**self._headers, "cache-control": "no-store"}
        return RedirectResponse(visit_of(request).url(path), 303, headers)


def _words_of(visit: Visit) -> dict[str, Any]:
    """The functions with which templates say things in the language of a visit."""
    language = visit.language

    def t(bn: str, en: str) -> str:
        return bn if language == "bn" else en

    def said(text: Text | Mapping[str, str]) -> str:
        if isinstance(text, Text):
            return text.in_language(language)
        return text[language]

    return {
        "t": t,
        "said": said,
        "at": visit.url,
        "digits": lambda value: formats.digits(value, language),
        "number": lambda value: formats.number(value, language),
        "taka": lambda amount: formats.taka(amount, language),
        "day": lambda value: formats.day(value, language),
        "clock": lambda text: formats.clock_time(time.fromisoformat(text), language),
        "moment": lambda value: formats.moment(value, language),
        "instant": lambda value: formats.instant(value, language),
        "duration": lambda seconds: formats.duration(seconds, language),
        "about": lambda seconds: formats.about(seconds, language),
    }
