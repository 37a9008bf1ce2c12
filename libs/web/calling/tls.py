"""TLS between the services: the certificate of this process, and the CA that signed it.

Both sides show a certificate: a caller checks the name of the service, and a service that its
caller has one of the same CA. The files are those of a Kubernetes Secret of cert-manager:
`tls.crt`, `tls.key`, `ca.crt`.
"""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import structlog
from cryptography import x509

from libs.component import ComponentHealth
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics

_CERTIFICATE, _KEY, _CA = "tls.crt", "tls.key", "ca.crt"
_READ_EVERY_S = 60.0
_FLIGHTS = 4  # of messages at most until both sides of a handshake have said all

log = structlog.get_logger()


class UnfitCertificate(OSError):
    """A certificate that strict verification refuses (RFC 5280); the message says why."""


class Certificate:
    """The certificate of this process; a component that reads it again after a renewal.

    Args:
        folder: has the three files.
        metrics: counts defects of reading again, and shows when it ends.
        read_every_s: seconds between two looks for a renewal.

    Raises:
        OSError: a file is missing or unreadable, or holds no certificate or key (`ssl.SSLError`),
            or what others would refuse (`UnfitCertificate`).
    """

    name = "certificate"

    def __init__(
        self, folder: Path, metrics: Metrics, *, read_every_s: float = _READ_EVERY_S
    ) -> None:
        self._folder = folder
        self._metrics = metrics
        self._read_every_s = read_every_s
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.verify_mode = ssl.CERT_OPTIONAL  # `CallerCheck` says who needs none
        self.client = ssl.create_default_context()  # the system's authorities, and ours
        self._read_at = 0.0  # the time of change of the file that was read
        self._read()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute for a renewed certificate until `stop` is set.

        New connections use it; open ones stay as they are.
        """
        await Periodic(
            self.name, self._read_if_changed, metrics=self._metrics, every_s=self._read_every_s
        ).run(stop)

    def health(self) -> ComponentHealth:
        """Ready: without a certificate the process does not start."""
        return ComponentHealth()

    async def _read_if_changed(self) -> None:
        """Read a renewed certificate; one that is not whole yet is read a minute later."""
        try:
            if self._changed_at() != self._read_at:
                self._read()
        except OSError as failure:
            log.warning("certificate not read", failure=type(failure).__name__)

    def _changed_at(self) -> float:
        return (self._folder / _CERTIFICATE).stat().st_mtime

    def _read(self) -> None:
        changed_at = self._changed_at()
        chain = (self._folder / _CERTIFICATE, self._folder / _KEY)
        # A context is useless after half of a chain, so others try it first.
        _check(self._folder, chain)
        for context in (self.server, self.client):
            context.load_cert_chain(*chain)
            context.load_verify_locations(self._folder / _CA)
        self._read_at = changed_at
        # Without its authority a certificate is of no use, whichever of them ends first.
        files = chain[0].read_bytes() + (self._folder / _CA).read_bytes()
        ends = [each.not_valid_after_utc for each in x509.load_pem_x509_certificates(files)]
        self._metrics.gauge("certificate_ends_at_s", min(ends).timestamp())


def _check(folder: Path, chain: tuple[Path, Path]) -> None:
    """Let a certificate shake hands with itself, as strictly as Python 3.13 verifies by default.

    So a service starts with the same certificates on every Python, or on none.

    Raises:
        OSError: the files are not readable, or hold no certificate or key.
        UnfitCertificate: others would refuse the certificate.
    """
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    client.check_hostname = False
    for context in (server, client):
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_cert_chain(*chain)
        context.load_verify_locations(folder / _CA)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    try:
        for side in sides * _FLIGHTS:
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as failure:
        raise UnfitCertificate(
            f"{chain[0]} is refused by strict verification (RFC 5280): {failure.verify_message}. "
            "It needs an Authority Key Identifier, the names of the service, and the usages server "
            "and client auth; its CA a Subject Key Identifier and the key usage keyCertSign. "
            "cert-manager writes all of these"
        ) from None
