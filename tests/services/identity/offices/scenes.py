"""What the programme's staff do, and what the audit log has of it."""

from typing import Any

from pyotp import TOTP

from tests.services.identity.running import Identity
from tests.services.identity.staff.scenes import secret_in

CHOSEN = "river lantern seventeen maps"


async def first_login(identity: Identity, added: Any) -> str:
    """The access token of a new account, whose person has chosen a password."""
    body = {
        "username": added["username"],
        "password": added["initial_password"],
        "code": TOTP(secret_in(added["authenticator_address"])).at(identity.time()),
        "new_password": CHOSEN,
    }
    reply = await identity.call("POST", "/v1/staff/password", body)
    assert reply.status == 200, reply.raw
    return str(reply.body["access_token"])


async def audited(identity: Identity) -> list[str]:
    """What was done, the oldest first."""
    async with identity.database.transaction() as tx:
        rows = await tx.fetch("SELECT action FROM audit_log ORDER BY entry_no")
    return [row["action"] for row in rows]
