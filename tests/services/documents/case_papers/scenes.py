"""Papers that officers send for cases."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import aiohttp

from libs.web.signed.hand_ins import (
    HandInReceipt,
    HandInRight,
    make_right,
    read_receipt,
    receipt_key,
    right_key,
)
from tests.libs.web.running import CITIZEN
from tests.services.documents.running import Documents
from tests.services.documents.scenes import jpeg
from tests.services.identity.running import Reply

MASTER: Final = "a-master-secret-for-tests-of-papers"
OFFICER: Final = UUID(int=21)
CASE: Final = UUID(int=22)


def right(**fields: Any) -> HandInRight:
    """A right that cases gives."""
    return HandInRight(
        **{
            "case_id": CASE,
            "visit": 3,
            "citizen_id": CITIZEN,
            "officer_id": OFFICER,
            "office_id": "union-U2393",
            "paper": "field_report",
            **fields,
        }
    )


async def send(
    documents: Documents,
    *files: bytes,
    who: UUID = OFFICER,
    age: timedelta = timedelta(0),
    role: str = "officer",
    **fields: Any,
) -> Reply:
    """Send a paper as an officer."""
    token = make_right(right(**fields), right_key(MASTER), documents.time.at - age)
    form = aiohttp.FormData(quote_fields=False)
    for file in files:
        form.add_field("file", file, filename="report.jpg", content_type="image/jpeg")
    headers = {"authorization": f"Bearer {documents.identity.token(sub=str(who), roles=[role])}"}
    return await documents.call(
        "POST", f"/v1/case-papers/{token}", form, headers=headers, citizen_id=None
    )


async def taken(documents: Documents, *files: bytes, **more: Any) -> HandInReceipt:
    """Send a paper that is taken."""
    reply = await send(documents, *(files or (jpeg(),)), **more)
    assert reply.status == 201, reply.raw
    return read_receipt(reply.body["receipt"], receipt_key(MASTER), documents.time.at)
