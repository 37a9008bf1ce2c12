"""Renders pages from the templates of all capabilities."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.contracts.language import Text
from services.portal.pages import rules
from services.portal.pages.assets import Assets
from services.portal.posts import TOKEN
from services.portal.sealing import Seals
from services.portal.visits import Visit, visit_of

_PORTAL: Final = Path(__file__).parents[1]
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# `same-origin` and not `no-referrer`: with that one a browser says `Origin: null` to ourselves.
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_HSTS: Final = "max-age=31536000; includeSubDomains"


class Pages:
    """Renders pages; every page knows the visit and says everything in its language.

    Args:
        seals: makes the tokens of forms.
        assets: the files that pages refer to.
        secure: whether browsers come over HTTPS, and shall never come otherwise.
    """

    def __init__(self, seals: Seals, assets: Assets, *, secure: bool) -> None:
        self._seals = seals
        self._headers = {**HEADERS, **({"strict-transport-security": _HSTS} if secure else {})}
        self._templates = Environment(
            loader=FileSystemLoader(sorted(_PORTAL.glob("*/templates"))),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals["asset"] = assets.url

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
        tokens_before = visit.session_changed
        used_token = False

        def token() -> str:
            nonlocal used_token
            used_token = True
            return self._seals.form_token(visit.ensure_seed())

        def form_token() -> Markup:
            return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN, token())

        def with_token(address: str) -> str:
            return f"{address}?{TOKEN}={token()}"

        text = self._templates.get_template(template).render(
            visit=visit, form_token=form_token, with_token=with_token, **_words_of(visit), **values
        )
        personal = used_token or tokens_before or visit.login is not None or status >= 400
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
        "digits": lambda value: rules.digits(value, language),
        "number": lambda value: rules.number(value, language),
        "taka": lambda amount: rules.taka(amount, language),
        "day": lambda value: rules.day(value, language),
        "moment": lambda value: rules.moment(value, language),
    }
