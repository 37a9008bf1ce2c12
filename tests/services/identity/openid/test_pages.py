"""Pages of failures."""

from types import SimpleNamespace
from typing import Any

from starlette.requests import Request

from libs.encryption import Unopened
from libs.trace_context import new_context, set_current
from services.identity.openid.pages import Pages
from services.identity.openid.routes import begin_login


class _Damaged:
    """A transaction in which no stored value can be decrypted."""

    async def fetchrow(self, *_: Any) -> None:
        raise Unopened


async def test_a_damaged_record_is_a_page_for_people() -> None:
    """Not a problem document; it has the id by which our staff find the failure."""
    context, damaged = new_context(), _Damaged()
    set_current(context)
    scope = {
        "type": "http",
        "headers": [(b"accept-language", b"bn")],
        "query_string": b"client_id=land",
    }
    dialogue: Any = SimpleNamespace(pages=Pages(secure=False))
    page = await begin_login(request=Request(scope), language="bn", tx=damaged, dialogue=dialogue)
    text = bytes(page.body).decode()
    assert page.status_code == 500
    assert "আবার চেষ্টা করে লাভ নেই" in text
    assert context.trace_id in text
