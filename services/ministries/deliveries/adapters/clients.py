"""The HTTP clients to ministries' systems: one for all, and one for each client certificate."""

import ssl
from functools import partial
from typing import Final

from libs.addresses import PublicAddresses, parse_networks
from libs.contracts.papers import LARGEST_BYTES
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.settings import ClientCertificate, Settings

_CONNECTIONS: Final = 512
_REPLY_LIMIT_BYTES: Final = 64 * 1024
_LARGEST_PAPER_BYTES: Final = 2 * LARGEST_BYTES


class Clients:
    """Finds the client for a ministry's system.

    No client connects to a private address, unless its network is allowed in the settings.

    The files of a certificate are read at the start; a renewed one is used after a restart.

    Args:
        settings: certificates by name, and the private networks that are allowed.
        tracing: of the service.
        metrics: of the service.

    Raises:
        OSError: a file of a certificate is missing, or is none.
    """

    def __init__(self, settings: Settings, *, tracing: Tracing, metrics: Metrics) -> None:
        client = partial(
            HttpClient,
            "ministries",
            tracing=tracing,
            metrics=metrics,
            reply_limit_bytes=_REPLY_LIMIT_BYTES,
            may_connect=PublicAddresses(parse_networks(settings.private_networks)).__contains__,
        )
        self._shared = client(connections=_CONNECTIONS)
        # Papers come from our own service; of all that it may answer, they alone are large.
        self.papers = HttpClient(
            "documents",
            tracing=tracing,
            metrics=metrics,
            connections=settings.calls_per_ministry,
            reply_limit_bytes=_LARGEST_PAPER_BYTES,
        )
        self._own = {
            name: client(connections=settings.calls_per_ministry, tls=_tls(certificate))
            for name, certificate in settings.client_certificates.items()
        }

    def of(self, name: str) -> HttpClient:
        """Return the client with the certificate of a name, or the one that has none."""
        return self._own.get(name, self._shared)

    def all(self) -> list[HttpClient]:
        """Return every client; each is a component."""
        return [self._shared, self.papers, *self._own.values()]


def _tls(certificate: ClientCertificate) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate.ca_file)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    return context
