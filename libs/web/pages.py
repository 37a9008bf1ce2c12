"""Pages: their templates, and the headers that limit what a browser does with them."""

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HSTS: Final = "max-age=31536000; includeSubDomains"


@cache
def templates_in(*folders: Path, **shared: Hashable) -> Environment:
    """Return the templates of some folders, compiled once per process.

    A name that a template lacks is an error.

    Args:
        folders: of the templates.
        shared: what all templates can use, by name.
    """
    templates = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals.update(shared)
    return templates


def page_headers(
    style_source: str, *, form_action: str = "'self'", more: str = "", secure: bool = False
) -> dict[str, str]:
    """Return the headers of a page without code inside, which no other site may show in its own.

    The referrer is not withheld from ourselves: a browser would say `Origin: null` to us then.

    Args:
        style_source: from where styles come (CSP Level 3).
        form_action: where its forms lead.
        more: further directives of its Content-Security-Policy.
        secure: whether browsers come over HTTPS, and shall never come otherwise.
    """
    directives = (
        "default-src 'none'",
        f"style-src {style_source}",
        *([more] if more else []),
        f"form-action {form_action}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(directives),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        **({"strict-transport-security": _HSTS} if secure else {}),
    }
