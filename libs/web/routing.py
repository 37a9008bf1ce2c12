"""Which route a request is for."""

from collections.abc import Sequence

from starlette.routing import Match, Route
from starlette.types import Scope


class Routes:
    """Finds the route of a request: the first in order that takes its address and method.

    An address without parameters is looked up rather than searched for.

    Args:
        routes: tried in order.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._direct: dict[tuple[str, str], Route] = {}
        for route in routes:
            for method in route.methods or () if "{" not in route.path else ():
                first, _ = self._searched(_asking(method, route.path))
                if first is route:  # else one with parameters stands before it
                    self._direct[method, route.path] = route

    def find(self, scope: Scope) -> tuple[Route | None, set[str]]:
        """The route, whose parameters are put into the scope; or the methods that would do."""
        direct = self._direct.get((scope["method"], scope["path"]))
        return (direct, set()) if direct else self._searched(scope)

    def _searched(self, scope: Scope) -> tuple[Route | None, set[str]]:
        allowed: set[str] = set()
        for route in self._routes:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.update(child_scope)
                return route, allowed
            if match is Match.PARTIAL:
                allowed |= route.methods or set()
        return None, allowed


def _asking(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": ""}
