"""Old name of `libs.dead_letters.routes`; to be deleted when nothing imports it."""

from starlette.routing import Route

from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.routes import routes
from libs.web.tokens import TokenChecker


class Operations:
    """Old name of the declared routes."""

    def __init__(self, desk: DeadLetterAdmin, tokens: TokenChecker) -> None:
        self._desk = desk
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """Return the routes."""
        return list(routes.bind(self._desk.service, [self._desk, self._tokens]))
