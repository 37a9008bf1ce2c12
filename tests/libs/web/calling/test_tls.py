"""TLS between services: who has the certificate, and who trusts it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from libs.errors import Unavailable
from libs.server import ServiceProcess
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.calling.tls import Certificate, UnfitCertificate
from tests.authority import Authority
from tests.libs.web.running import app_with
from tests.waiting import until

METRICS = Metrics("test")
HOUR = timedelta(hours=1)


async def _hello(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


@asynccontextmanager
async def _served(certificate: Certificate, port: int) -> AsyncIterator[int]:
    stop = asyncio.Event()
    settings = ServiceSettings(host="localhost", port=port, drain_s=0.5)
    process = ServiceProcess(
        "hello",
        settings,
        app=app_with(Route("/", _hello)),
        tracing=Tracing("hello"),
        metrics=Metrics("hello"),
        tls=certificate.server,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(process.run(stop))
        try:
            await until(lambda: _accepts(port))
            yield port
        finally:
            stop.set()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("localhost", port)
    except OSError:
        return False
    writer.close()
    return True


def _client(certificate: Certificate | None) -> HttpClient:
    return _client_with(certificate.client if certificate else None)


def _client_with(tls: ssl.SSLContext | None) -> HttpClient:
    return HttpClient("hello", tracing=Tracing("test"), metrics=Metrics("test"), tls=tls)


async def _serial_number(certificate: Certificate, port: int) -> int:
    _, writer = await asyncio.open_connection("localhost", port, ssl=certificate.client)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    return x509.load_der_x509_certificate(shown).serial_number


async def test_services_with_one_authority_trust_each_other(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """A call over HTTPS is answered."""
    Authority().write(tmp_path)
    certificate = Certificate(tmp_path, METRICS)
    async with _served(certificate, unused_tcp_port) as port, _client(certificate) as client:
        reply = await client.call("GET", f"https://localhost:{port}/", deadline_s=5)
        assert (reply.status, reply.body) == (200, b"hello")


async def test_another_authority_is_not_trusted(tmp_path: Path, unused_tcp_port: int) -> None:
    """A certificate that another authority signed is refused, and nothing is sent."""
    for name in ("served", "other"):
        (tmp_path / name).mkdir()
        Authority().write(tmp_path / name)
    async with _served(Certificate(tmp_path / "served", METRICS), unused_tcp_port) as port:
        for trusting in (Certificate(tmp_path / "other", METRICS), None):
            async with _client(trusting) as client:
                with pytest.raises(Unavailable, match="no connection"):
                    await client.call("GET", f"https://localhost:{port}/", deadline_s=5)


async def test_another_name_is_not_trusted(tmp_path: Path, unused_tcp_port: int) -> None:
    """A certificate of our authority for another service is refused."""
    Authority().write(tmp_path, host="identity")
    certificate = Certificate(tmp_path, METRICS)
    async with _served(certificate, unused_tcp_port) as port, _client(certificate) as client:
        with pytest.raises(Unavailable, match="no connection"):
            await client.call("GET", f"https://localhost:{port}/", deadline_s=5)


async def test_a_caller_without_a_certificate_is_refused(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """It gets a problem document; probes and the collector of metrics need no certificate."""
    Authority().write(tmp_path)
    trusting = ssl.create_default_context(cafile=tmp_path / "ca.crt")
    async with (
        _served(Certificate(tmp_path, METRICS), unused_tcp_port) as port,
        _client_with(trusting) as client,
    ):
        url = f"https://localhost:{port}"
        reply = await client.call("GET", f"{url}/", deadline_s=5)
        assert (reply.status, reply.json()["type"]) == (403, "/problems/certificate_needed")
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await client.call("GET", url + path, deadline_s=5)).status == 200


async def test_a_certificate_of_another_authority_is_refused(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """A caller cannot sign its own: the connection ends before the request."""
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        Authority().write(tmp_path / name)
    stranger = ssl.create_default_context(cafile=tmp_path / "ours" / "ca.crt")
    stranger.load_cert_chain(tmp_path / "theirs" / "tls.crt", tmp_path / "theirs" / "tls.key")
    async with (
        _served(Certificate(tmp_path / "ours", METRICS), unused_tcp_port) as port,
        _client_with(stranger) as client,
    ):
        with pytest.raises(Unavailable):
            await client.call("GET", f"https://localhost:{port}/", deadline_s=5)


async def test_a_renewed_certificate_is_used_without_a_restart(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """New connections get the new certificate once the files have changed; no restart is needed."""
    authority, stop = Authority(), asyncio.Event()
    first = authority.write(tmp_path)
    certificate = Certificate(tmp_path, METRICS, read_every_s=0.01)
    async with asyncio.TaskGroup() as tasks, _served(certificate, unused_tcp_port) as port:
        tasks.create_task(certificate.run(stop))
        assert await _serial_number(certificate, port) == first
        second = authority.write(tmp_path)

        async def renewed() -> bool:
            return await _serial_number(certificate, port) == second

        await until(renewed)
        stop.set()


@pytest.mark.parametrize(("lasts", "file"), [(HOUR * 2, "tls.crt"), (HOUR / 2, "ca.crt")])
def test_it_is_shown_when_a_certificate_ends(tmp_path: Path, lasts: timedelta, file: str) -> None:
    """So that somebody is told before, also where nobody renews it, or the authority ends first."""
    metrics = Metrics("test")
    Authority(lasts=lasts).write(tmp_path)
    Certificate(tmp_path, metrics)
    certificate = x509.load_pem_x509_certificate((tmp_path / file).read_bytes())
    shown = metrics.render().decode().rpartition("nagorik_certificate_ends_at_seconds{")[2]
    assert float(shown.split()[1]) == certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize("keeps_key", [True, False])
async def test_services_know_each_other_while_their_authority_is_renewed(
    tmp_path: Path, unused_tcp_port: int, *, keeps_key: bool
) -> None:
    """If it keeps its key: certificates of before and after it are in use for weeks."""
    authority, folders = Authority(), (tmp_path / "before", tmp_path / "after")
    for folder in folders:
        folder.mkdir()
        authority.write(folder)
        authority.renew(keeps_key=keeps_key)
    before, after = (Certificate(folder, METRICS) for folder in folders)
    for server, caller in ((before, after), (after, before)):
        async with _served(server, unused_tcp_port) as port, _client(caller) as client:
            if keeps_key:
                reply = await client.call("GET", f"https://localhost:{port}/", deadline_s=5)
                assert reply.status == 200
            else:
                with pytest.raises(Unavailable):
                    await client.call("GET", f"https://localhost:{port}/", deadline_s=5)


async def test_a_renewal_that_is_not_whole_yet_changes_nothing(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """A certificate without its key is not used; both are once the key is there."""
    authority, stop = Authority(), asyncio.Event()
    first = authority.write(tmp_path)
    certificate = Certificate(tmp_path, METRICS, read_every_s=0.01)
    key = (tmp_path / "tls.key").read_bytes()
    async with asyncio.TaskGroup() as tasks, _served(certificate, unused_tcp_port) as port:
        second = authority.write(tmp_path)
        new_key = (tmp_path / "tls.key").read_bytes()
        (tmp_path / "tls.key").write_bytes(key)
        with capture_logs() as logs:
            tasks.create_task(certificate.run(stop))
            await until(lambda: any(log["event"] == "certificate not read" for log in logs))
        assert await _serial_number(certificate, port) == first
        (tmp_path / "tls.key").write_bytes(new_key)

        async def renewed() -> bool:
            return await _serial_number(certificate, port) == second

        await until(renewed)
        stop.set()


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (x509.AuthorityKeyIdentifier, "Missing Authority Key Identifier"),
        (x509.SubjectKeyIdentifier, "Missing Subject Key Identifier"),
        (x509.KeyUsage, "CA cert does not include key usage extension"),
    ],
)
def test_a_certificate_that_strict_verification_refuses_stops_the_start(
    tmp_path: Path, without: type[x509.ExtensionType], said: str
) -> None:
    """On every Python, not first on the one that verifies so by default (3.13)."""
    Authority(without).write(tmp_path)
    with pytest.raises(UnfitCertificate, match=f"{said}.*cert-manager"):
        Certificate(tmp_path, METRICS)


def test_a_missing_certificate_stops_the_start(tmp_path: Path) -> None:
    """A folder without the files is an error of the start, not of the first call."""
    with pytest.raises(FileNotFoundError):
        Certificate(tmp_path, METRICS)
