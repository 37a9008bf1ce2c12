"""Two people of the programme before a running identity service."""

from typing import Any
from uuid import UUID

from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.scenes import Account


class Programme:
    """Two people of the programme who have just logged in."""

    def __init__(self, identity: Identity, salma: str, rafiq: str) -> None:
        self.identity = identity
        self.tokens = {"salma": salma, "rafiq": rafiq}

    @classmethod
    async def opened(cls, identity: Identity) -> "Programme":
        """Make both accounts, and log in."""
        tokens = []
        for name in ("salma", "rafiq"):
            account = await Account.made(identity, name, role="programme")
            tokens.append((await account.log_in()).body["access_token"])
        return cls(identity, *tokens)

    async def call(self, path: str, body: Any = None, *, who: str = "salma") -> Reply:
        """Call a route as one of them."""
        method = "POST" if body is not None or path.count("/") > 2 else "GET"
        return await self.identity.call(method, path, body, token=self.tokens[who])

    async def propose(self, username: str, kind: str = "new_password", **more: str) -> Reply:
        """Propose something about an account."""
        body = {"kind": kind, "username": username, "reason": "forgotten, seen in person"}
        return await self.call("/v1/proposals", body, **more)

    async def answer(
        self, proposed: Reply, what: str = "approval", who: str = "rafiq", **body: str
    ) -> Reply:
        """Approve a proposal, or do something else with it."""
        path = f"/v1/proposals/{proposed.body['proposal_id']}/{what}"
        return await self.call(path, body, who=who)

    async def account(self, staff_id: UUID | str) -> Reply:
        """Read what the programme sees of an account."""
        path = f"/v1/staff/{staff_id}/account"
        return await self.identity.call("GET", path, token=self.tokens["salma"])

    async def waiting(self, who: str = "rafiq") -> list[Any]:
        """Read what waits for one of them."""
        return list((await self.call("/v1/proposals", who=who)).body["items"])
