"""The choice of a ministry's adapter, by the connection that holds now."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from libs.addresses import PublicAddresses, parse_networks
from libs.clock import utc_now
from libs.opener.client import Opener
from libs.web.signed.document_links import link_key
from services.ministries.connections.rules import AdapterName, Connection
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.contract import Adapter, Link, PolledAdapter
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.oauth import AccessTokens
from services.ministries.deliveries.adapters.paper_links import PaperContents, PaperLinks
from services.ministries.deliveries.adapters.poll_json import PollJsonAdapter
from services.ministries.keys import keys_of
from services.ministries.settings import Settings

if TYPE_CHECKING:
    from services.ministries.deliveries.adapters.files import FilesAdapter
    from services.ministries.deliveries.adapters.sheets import SheetReader

_JSON: Final[Mapping[AdapterName, type[Adapter]]] = {
    "http_json": HttpJsonAdapter,
    "poll_json": PollJsonAdapter,
}

POLLED: Final = frozenset(
    name for name, adapter in _JSON.items() if issubclass(adapter, PolledAdapter)
)
"""Names of the adapters that ask a ministry's system for its decisions."""


def class_of(adapter: AdapterName) -> type[Adapter]:
    """Return the class of an adapter that takes one submission in one call.

    Rarely used adapters are imported here and not at the start: the libraries for SOAP, SFTP and
    workbooks take 0.4 s and 20 MB.
    """
    if adapter == "soap":
        from services.ministries.deliveries.adapters.soap import SoapAdapter

        return SoapAdapter
    return _JSON[adapter]


class Adapters:
    """Finds the adapter of a ministry.

    Args:
        settings: credentials, and the deadline of a call.
        connection_of: returns which adapter serves a ministry, and where.
        clients: make HTTP calls.
        public_url: base URL at which ministries' systems reach us.
        opener: opens the files of ministries; by default a child of this process.
        files_connection_of: returns the connection by which a ministry exchanges files, or did
            last; None if it never did.
        cursor_of: returns the cursor behind all that a ministry has until now.
        count_not_used: counts a row of a ministry's answer that cannot be used.
    """

    def __init__(  # noqa: PLR0913
        self,
        settings: Settings,
        connection_of: Callable[[str], Connection],
        clients: Clients,
        *,
        public_url: str,
        opener: Opener | None = None,
        files_connection_of: Callable[[str], Connection | None] = lambda _: None,
        cursor_of: Callable[[str], str | None] = lambda _: None,
        count_not_used: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection_of = connection_of
        self._clients = clients
        self._settings = settings
        self._public_url = public_url
        self._files_connection_of = files_connection_of
        self._cursor_of = cursor_of
        self._count_not_used = count_not_used
        self._opener = opener
        self._sheets: SheetReader | None = None
        self._tokens = {
            name: AccessTokens(name, clients.of(name), oauth, deadline_s=settings.answer_deadline_s)
            for name, oauth in settings.oauth_clients.items()
        }
        self._may_connect = PublicAddresses(parse_networks(settings.private_networks)).__contains__
        self._papers = PaperLinks(
            settings.documents_url, link_key(settings.papers_secret.get_secret_value())
        )
        self._fetch_paper = PaperContents(clients.papers, settings.file_deadline_s).fetch
        self._links: dict[str, Link] = {}

    def of(self, ministry: str) -> Adapter:
        """Return the adapter of a ministry by its current connection."""
        link = self.link(ministry)
        return class_of(link.connection.adapter)(link)

    def files_of(self, ministry: str) -> "FilesAdapter | None":
        """Return the adapter of a ministry that exchanges files, or did; None for others."""
        connection = self._files_connection_of(ministry)
        if connection is None:
            return None
        from services.ministries.deliveries.adapters.files import FilesAdapter
        from services.ministries.deliveries.adapters.sheets import SheetReader

        self._sheets = self._sheets or SheetReader(self._opener)
        return FilesAdapter(self._make(ministry, connection), self._sheets)

    def link(self, ministry: str) -> Link:
        """Return the link that an adapter uses for a ministry; it changes with the connection."""
        connection = self._connection_of(ministry)
        link = self._links.get(ministry)
        if link is None or link.connection != connection:
            link = self._links[ministry] = self._make(ministry, connection)
        return link

    def _make(self, ministry: str, connection: Connection) -> Link:
        name = connection.credentials or ministry
        return Link(
            ministry=ministry,
            connection=connection,
            client=self._clients.of(name),
            credentials=Credentials(partial(keys_of, self._settings), token=self._tokens.get(name)),
            callback_url=f"{self._public_url}/v1/ministries/{ministry}/decisions",
            deadline_s=self._settings.answer_deadline_s,
            now=utc_now,
            papers=self._papers,
            ssh_key=self._settings.ssh_keys.get(name),
            file_deadline_s=self._settings.file_deadline_s,
            login=self._settings.logins.get(name),
            may_connect=self._may_connect,
            fetch_paper=self._fetch_paper,
            cursor=partial(self._cursor_of, ministry),
            count_not_used=partial(self._count_not_used, ministry),
        )
