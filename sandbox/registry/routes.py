"""The register of citizens: tells how well it knows a national identity number."""

from dataclasses import dataclass

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.identifiers import parse_nid
from libs.bangladesh.text import Malformed
from libs.errors import Refused
from libs.web.responses import json_response
from sandbox.faults.destinations import REGISTRY
from sandbox.faults.injector import FaultInjector
from sandbox.registry.rules import Match, match_of


class Found(BaseModel):
    """How well the register knows the number."""

    match: Match


@dataclass(frozen=True, slots=True)
class RegistryRoutes:
    """Answers questions about numbers."""

    injector: FaultInjector

    def routes(self) -> list[Route]:
        """The routes of the register."""
        return [Route("/registry/citizens/{nid}", self.find_citizen)]

    async def find_citizen(self, request: Request) -> Response:
        """Tell how well a number is known."""

        async def act() -> Response:
            try:
                nid = parse_nid(request.path_params["nid"])
            except Malformed as failure:
                raise Refused("sandbox_nid_malformed", failure.reason) from None
            return json_response(Found(match=match_of(nid)))

        return await self.injector.through(REGISTRY, act)
