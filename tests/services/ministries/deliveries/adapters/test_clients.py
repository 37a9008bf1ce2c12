import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.settings import ClientCertificate, Settings
from tests.authority import Authority
from tests.services.ministries.scenes import HEALTH, LAND

OURS, THEIRS = "nagorik-sheba", "localhost"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A folder with a certificate for us, and one for the ministry, of one authority."""
    authority, made = Authority(), {name: tmp_path / name for name in (OURS, THEIRS)}
    for name, folder in made.items():
        folder.mkdir()
        authority.write(folder, name)
    return made


@pytest.fixture
async def url(folders: dict[str, Path]) -> AsyncIterator[str]:
    """A ministry's system that asks callers for a certificate."""
    own = folders[THEIRS]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=own / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own / "tls.crt", own / "tls.key")

    async def take(request: web.Request) -> web.Response:
        assert request.transport is not None
        certificate = request.transport.get_extra_info("peercert")
        return web.Response(text=certificate["subject"][0][0][1])

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://{THEIRS}:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_a_ministry_sees_our_certificate(folders: dict[str, Path], url: str) -> None:
    """Mutual TLS is set for one ministry; calls to others carry no certificate."""
    ours = folders[OURS]
    settings = Settings(
        ministry_secret=SecretStr("x" * 32),
        private_networks="127.0.0.0/8,::1/128",
        client_certificates={
            HEALTH: ClientCertificate(
                certificate_file=ours / "tls.crt",
                key_file=ours / "tls.key",
                ca_file=ours / "ca.crt",
            )
        },
    )
    clients = Clients(settings, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    try:
        reply = await clients.of(HEALTH).call("POST", url, body=b"", deadline_s=5)
        assert reply.body == OURS.encode()
        with pytest.raises(Unavailable):
            await clients.of(LAND).call("POST", url, body=b"", deadline_s=5)
    finally:
        for client in clients.all():
            await client.close()
