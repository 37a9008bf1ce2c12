"""Pages for people: plain HTML in Bangla or English, without scripts."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from libs.contracts.language import Language, Text
from libs.contracts.problems import PROBLEMS
from libs.encryption import Unopened
from libs.errors import Refused, Unavailable, Unreadable
from libs.trace_context import current_context
from libs.web.pages import page_headers, templates_in

Failure: TypeAlias = Refused | Unreadable | Unavailable | Unopened

_TEMPLATES: Final = Path(__file__).parent / "templates"
_LOGGED_OUT: Final = (
    Text(bn="লগআউট হয়েছে", en="You have logged out"),
    Text(bn="এই পাতা বন্ধ করতে পারেন।", en="You can close this page."),
)


class Pages:
    """Renders pages.

    Args:
        secure: whether browsers come over HTTPS, and shall never come otherwise.
    """

    def __init__(self, *, secure: bool) -> None:
        style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
        self._templates = templates_in(_TEMPLATES, style=Markup(style))  # noqa: S704  # our own file
        self._style_hash = b64encode(sha256(style.encode()).digest()).decode()
        self._secure = secure

    def show(
        self,
        template: str,
        language: Language,
        *,
        status: int = 200,
        goes_to: str = "",
        **values: Any,
    ) -> Response:
        """Render a page.

        Args:
            template: file name of a template.
            language: of the page.
            status: of the answer.
            goes_to: origin to which a form of the page leads in the end; browsers hold redirects
                after a form to `form-action` too.
            values: for the template.
        """

        def t(bn: str, en: str) -> str:
            return bn if language == "bn" else en

        text = self._templates.get_template(template).render(language=language, t=t, **values)
        headers = {**self._headers(goes_to), "content-language": language}
        return HTMLResponse(text, status, headers)

    def failure(self, failure: Failure, language: Language) -> Response:
        """Render a page that says what went wrong and how to go on."""
        text, context = PROBLEMS[_code_of(failure)], current_context()
        detail = text.detail.in_language(language)
        if "trace_id" in detail and context:
            detail += f" trace_id: {context.trace_id}"
        title = text.title.in_language(language)
        return self.show("message.html", language, status=text.status, title=title, detail=detail)

    def logged_out(self, language: Language) -> Response:
        """Render the page after a logout."""
        title, detail = (text.in_language(language) for text in _LOGGED_OUT)
        return self.show("message.html", language, title=title, detail=detail)

    def go(self, address: str) -> Response:
        """Send the browser to an address, with GET (RFC 9700, section 4.12)."""
        return RedirectResponse(address, 303, self._headers(""))

    def _headers(self, goes_to: str) -> Mapping[str, str]:
        """Return the headers of every answer to a browser."""
        headers = page_headers(
            f"'sha256-{self._style_hash}'",
            form_action=f"'self' {goes_to}".rstrip(),
            secure=self._secure,
        )
        return {**headers, "cache-control": "no-store"}


def message_of(failure: Refused | Unreadable, language: Language) -> tuple[int, str]:
    """Return the status of a failure, and the message at its field."""
    if isinstance(failure, Unreadable) and failure.field_errors:
        error = failure.field_errors[0]
        return 422, error.message_bn if language == "bn" else error.message_en
    text = PROBLEMS[_code_of(failure)]
    return text.status, text.detail.in_language(language)


def _code_of(failure: Failure) -> str:
    match failure:
        case Unopened():
            return "record_damaged"
        case Refused(code=code):
            return code
        case Unreadable(reason=reason):
            return reason
        case Unavailable():
            return "unavailable"
