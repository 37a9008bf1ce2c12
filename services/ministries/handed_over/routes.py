"""The route of a ministry that lost data: its hand-overs, from a cursor on."""

from datetime import timedelta
from typing import Annotated

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import Clock
from libs.contracts.ministries import HandedOverDeliveries, HandOver, ReadDeliveries
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.routes import Routes
from libs.web.signed.signatures import derived_key, verify
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.http_json import body_of
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.values import HandedOver
from services.ministries.handed_over import use_cases
from services.ministries.handed_over.rules import Page, cursor_behind, read_cursor
from services.ministries.keys import keys_of
from services.ministries.settings import Settings
from services.ministries.signed import SIGNED, json_body

routes = Routes()


@routes.post(
    "/v1/ministries/{ministry}/deliveries",
    answer=HandedOverDeliveries,
    headers={"cache-control": "no-store"},
    problems=(
        "not_found",
        "signature_invalid",
        "unsupported_media_type",
        "not_json",
        "wrong_shape",
        "cursor_unknown",
        "cursor_too_old",
    ),
    reads=SIGNED,
    models=(ReadDeliveries, HandOver),
    openapi=json_body("ReadDeliveries", first={"after": None, "limit": 100}),
)
async def read_deliveries(  # noqa: PLR0913
    ministry: Annotated[str, Field(description="Id of the ministry", examples=["mopa"])],
    raw: bytes,
    request: Request,
    settings: Settings,
    database: Database,
    adapters: Adapters,
    clock: Clock,
) -> Response:
    """Read again the hand-overs to this ministry, signed with its key (Standard Webhooks).

    Raises:
        Refused: there is no such ministry, it has not signed the request, or its cursor is unknown
            or too old.
    """
    if ministry not in bodies_by_id():
        raise Refused("not_found")
    now = clock.now()
    verify(keys_of(settings, ministry), request.headers, raw, now)
    check_json_type(request.headers.get("content-type"))
    request_body = read_json(raw, ReadDeliveries)
    key = cursor_key(settings, ministry)
    after = None if request_body.after is None else read_cursor(request_body.after, ministry, key)
    kept = timedelta(days=settings.keep_handed_over_days)
    async with database.transaction() as tx:
        page = await use_cases.read_page(
            tx, ministry, after, limit=request_body.limit, now=now, kept=kept
        )
    return Response(_view(page, adapters.link(ministry), key), media_type="application/json")


def cursor_key(settings: Settings, ministry: str) -> bytes:
    """Return the key of a ministry's cursors; it stays while the ministry's own keys change."""
    return derived_key(settings.ministry_secret.get_secret_value(), f"cursor {ministry}").encode()


def _view(page: Page, link: Link, key: bytes) -> bytes:
    return orjson.dumps({
        "deliveries": [_item(delivery, link, key) for delivery in page.deliveries],
        "next": page.next.text(link.ministry, key),
        "has_more": page.has_more,
    })  # fmt: skip


def _item(hand_over: HandedOver, link: Link, key: bytes) -> dict[str, object]:
    cursor = cursor_behind(hand_over).text(link.ministry, key)
    return {
        "idempotency_key": hand_over.delivery.idempotency_key,
        "handed_over_at": hand_over.at,
        "case_file_number": hand_over.case_file_number,
        "submission": orjson.Fragment(body_of(link, hand_over.delivery, cursor)),
    }
