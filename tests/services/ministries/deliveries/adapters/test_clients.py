import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.settings import ClientCertificate, Settings
from tests.services.ministries.scenes import HEALTH, LAND


@dataclass(frozen=True)
class Pem:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.pem = self._write("authority", self._name, self._key)

    def sign(self, name: str) -> Pem:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return self._write(name, subject, ec.generate_private_key(ec.SECP256R1()))

    def _write(self, name: str, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> Pem:
        now = datetime.now(UTC)
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=key is self._key, path_length=None), True)
            .add_extension(address, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = Pem(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        pem.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pem.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pem


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def url(authority: Authority) -> AsyncIterator[str]:
    """A ministry's system that asks callers for a certificate."""
    own = authority.sign("ministry")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.pem.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own.certificate, own.key)

    async def take(request: web.Request) -> web.Response:
        assert request.transport is not None
        certificate = request.transport.get_extra_info("peercert")
        return web.Response(text=certificate["subject"][0][0][1])

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_a_ministry_sees_our_certificate(authority: Authority, url: str) -> None:
    """Mutual TLS is set for one ministry; calls to others carry no certificate."""
    ours = authority.sign("nagorik-sheba")
    settings = Settings(
        ministry_secret=SecretStr("x" * 32),
        private_networks="127.0.0.0/8",
        client_certificates={
            HEALTH: ClientCertificate(
                certificate_file=ours.certificate,
                key_file=ours.key,
                ca_file=authority.pem.certificate,
            )
        },
    )
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    try:
        reply = await clients.of(HEALTH).call("POST", url, body=b"", deadline_s=5)
        assert reply.body == b"nagorik-sheba"
        with pytest.raises(Unavailable):
            await clients.of(LAND).call("POST", url, body=b"", deadline_s=5)
    finally:
        for client in clients.all():
            await client.close()
