"""All that is kept about a citizen and that the API shows her, collected for one file."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from pydantic import RootModel

from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.visits import Visit

SINGLE: Final = {
    "profile": "/v1/me",
    "number": "/v1/me/phone",
    "details_for_forms": "/v1/me/details",
    "erasure": "/v1/me/erasure",
    "logins": "/v1/sessions",
    "sites": "/v1/consents",
}
OF_APPLICATION: Final = {
    "application": "",
    "form_as_sent": "/form",
    "messages": "/messages",
    "looks_by_offices": "/looks",
    "issued_papers": "/papers",
    "feedback": "/feedback",
}
_AT_ONCE: Final = 100
"""The gateway takes 120 requests of a citizen at once, and then 30 a second."""

_PAUSE_S: Final = 0.05
_DAMAGED: Final = "record_damaged"
_ABSENT: Final = frozenset({"messages_unknown", "feedback_not_given", "erasure_not_requested"})


class _Answer(RootModel[dict[str, Any]]):
    """An answer of the API, unchanged."""


class MyData:
    """Reads one citizen's data, resource by resource.

    Args:
        gateway: the API.
        visit: of the citizen.
    """

    def __init__(self, gateway: Gateway, visit: Visit) -> None:
        self._gateway = gateway
        self._visit = visit
        self._read_so_far = 0
        self._damaged: list[str] = []

    async def collect(self) -> dict[str, Any]:
        """Read everything; fails as `Gateway.read` does, so that no half is taken for the whole.

        What is damaged for ever is left out, and named in `could_not_be_read`.
        """
        found: dict[str, Any] = {
            name: await self._read_where_it_is(path) for name, path in SINGLE.items()
        }
        found["drafts"] = [
            await self._read_where_it_is(f"/v1/drafts/{draft['draft_id']}")
            for draft in (await self._read("/v1/drafts"))["items"]
        ]
        found["papers"] = (await self._read("/v1/documents"))["items"]
        found["helpers"] = [helper async for helper in self._listed("/v1/me/mandates")]
        found["applications"] = [
            await self._application(listed["tracking_number"])
            async for listed in self._listed("/v1/applications")
        ]
        found["could_not_be_read"] = self._damaged
        return found

    async def _application(self, number: str) -> dict[str, Any]:
        path = path_of("/v1/applications/{number}", number=number)
        found = {
            name: await self._read_where_it_is(path + ending)
            for name, ending in OF_APPLICATION.items()
        }
        if (found["form_as_sent"] or {}).get("earlier_damaged"):
            self._damaged.append(f"{path}/form?earlier=true")
        return found

    async def _listed(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of all pages of a list."""
        after: str | None = None
        while True:
            page = await self._read(path, after)
            for item in page["items"]:
                yield item
            after = page.get("next")
            if after is None:
                return

    async def _read_where_it_is(self, path: str) -> dict[str, Any] | None:
        try:
            return await self._read(path)
        except ApiProblem as problem:
            if problem.code == _DAMAGED:
                self._damaged.append(path)
            elif problem.code not in _ABSENT:
                raise
            return None

    async def _read(self, path: str, after: str | None = None) -> dict[str, Any]:
        self._read_so_far += 1
        if self._read_so_far > _AT_ONCE:
            await asyncio.sleep(_PAUSE_S)
        query = {"after": after, "earlier": "true" if path.endswith("/form") else None}
        answer = await self._gateway.read(self._visit, _Answer, path, query, personal=True)
        return answer.root
