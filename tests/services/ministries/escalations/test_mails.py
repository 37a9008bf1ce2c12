"""Mails to focal points, with a mail server."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.ministries import Trouble
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.jobs import JobResult, Lease
from libs.mail import MailServer
from services.ministries.escalations import queries, use_cases
from services.ministries.escalations.jobs import mail
from services.ministries.escalations.rules import FocalPoint, Mail, message_of
from tests.authority import Authority
from tests.services.ministries.escalations.scenes import HOUR, NOW, keep, levels, waiting_for
from tests.services.ministries.scenes import LAND
from tools.embedded.ports import free_port

SENDER = "operations@nagorik.example"
POST = FocalPoint(LAND, 1, "সিস্টেম অ্যানালিস্ট", "রহিমা খাতুন", "analyst@example.gov.bd")


class Mailbox:
    """Takes mails, and answers as it is told."""

    def __init__(self) -> None:
        self.reply = "250 OK"
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.sessions: list[Session] = []

    async def handle_RCPT(  # noqa: N802 -- named by aiosmtpd
        self, *arguments: Any
    ) -> str:
        _server, _session, envelope, address, _options = arguments
        if self.reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802
        envelope = arguments[-1]
        message = message_from_bytes(bytes(envelope.content), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append((envelope.rcpt_tos, message))
        self.sessions.append(arguments[1])
        return self.reply


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    """Let one user in."""
    return AuthResult(success=(data.login, data.password) == (b"nagorik", b"right"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    port = free_port()
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    yield MailServer("127.0.0.1", port, "none", "nagorik", SecretStr("right"), 5.0)
    controller.stop()


@contextmanager
def encrypted(
    mailbox: Mailbox, folder: Path, security: Literal["starttls", "tls"], *, host: str = "localhost"
) -> Iterator[MailServer]:
    """A mail server that lets nobody in without TLS, with a certificate for a host."""
    Authority().write(folder, host)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    port = free_port()
    tls: dict[str, Any] = (
        {"ssl_context": context, "auth_require_tls": False}  # the login is inside TLS already
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_required=True,
        **tls,
    )
    controller.start()
    yield MailServer("localhost", port, security, "nagorik", SecretStr("right"), 5.0)
    controller.stop()


@pytest.fixture
async def due(tx: Transaction) -> Mail:
    """An escalation of a wait of 49 hours."""
    await keep(tx, POST)
    await waiting_for(tx, 49 * HOUR)
    await levels(tx)
    (found,) = await claim(tx)
    return found


async def claim(tx: Transaction, holder: str = "w1") -> list[Mail]:
    """Claim what is to be mailed."""
    return await queries.claim_mails(tx, Lease(holder, 10, 10, 60.0, ()))


def result(due: Mail, failure: Exception | None = None) -> JobResult[Mail, bool]:
    """The result of an attempt; the next one is due at once."""
    return JobResult(due, failure is None or None, failure, 0.0, counts=True, trace=None)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (None, "It does not answer."),
        ("stopped", "it said that it is gone, or the operators stopped the calls"),
        ("not_admitted", "address, key, certificate and proxy"),
        ("exchange_stuck", "The exchange of files is stuck"),
    ],
)
def test_the_mail_says_what_the_ministry_can_do(trouble: Trouble | None, said: str) -> None:
    """A page of its proxy, a stopped connection and a stuck exchange are told apart."""
    mail_of = Mail(new_id(), LAND, 1, NOW, POST.post, POST.email, 0, NOW, trouble)
    body = " ".join(message_of(mail_of, SENDER).get_content().split())
    assert said in body


async def test_the_post_gets_one_mail(
    tx: Transaction, due: Mail, server: MailServer, mailbox: Mailbox
) -> None:
    """It says which ministry's system is away and since when, in both languages."""
    assert await mail(server.send, SENDER, due)
    await use_cases.record_mails(tx, [result(due)])
    assert await claim(tx, "w2") == []
    ((recipients, message),) = mailbox.mails
    assert recipients == [POST.email]
    assert message["From"] == SENDER
    assert message["Message-ID"] == f"<{due.escalation_id}@nagorik.example>"
    body = message.get_content()
    assert "ভূমি মন্ত্রণালয়" in body
    assert "Ministry of Land" in body
    assert POST.post in body


@pytest.mark.usefixtures("due")
async def test_the_queue_says_how_late_it_is(tx: Transaction) -> None:
    """By the mail that is due for longest."""
    for age_s in (-3600, 90):
        await tx.execute(
            "UPDATE escalations SET mail_due_at = now() - make_interval(secs => $1)", age_s
        )
        assert await use_cases.MAILS.oldest_due_age_s(tx) == max(0, age_s)


async def test_a_mail_has_nothing_of_a_citizen(due: Mail) -> None:
    """No name, number, form, application or tracking number; and a mail shows no address."""
    at = datetime(2026, 11, 28, tzinfo=UTC)  # ids and times of now may have these digits
    due = replace(due, escalation_id=UUID(int=2), waiting_since=at, created_at=at)
    text = message_of(due, SENDER).as_string() + repr(due)
    for personal in ("NS-", "রহিমা", "017", POST.name):
        assert personal not in text
    assert POST.email not in repr(due)


async def test_who_holds_the_post_when_it_is_sent_gets_it(tx: Transaction, due: Mail) -> None:
    """And nothing is sent while nobody does, or once the wait has ended."""
    await use_cases.record_mails(tx, [result(due, Unavailable("smtp"))])
    changed = FocalPoint(LAND, 1, POST.post, "করিম", "other@example.gov.bd")
    await keep(tx, changed, at=NOW + HOUR)
    (again,) = await claim(tx, "w2")
    assert (again.email, again.attempts) == (changed.email, 1)
    await queries.release_mails(tx, "w2", [again.key])
    assert await claim(tx, "w3") == []
    await queries.release_mails(tx, "w2")
    await tx.execute("DELETE FROM focal_points")
    assert await claim(tx, "w3") == []
    await keep(tx, changed, at=NOW + 2 * HOUR)
    await tx.execute("UPDATE escalations SET closed_at = now()")
    assert await claim(tx, "w4") == []


@pytest.mark.parametrize(
    ("reply", "means"),
    [("550 no such user", Refused), ("451 come again", Unavailable), ("421 away", Unavailable)],
)
async def test_what_the_server_says_no_with(
    due: Mail, server: MailServer, mailbox: Mailbox, reply: str, means: type[Exception]
) -> None:
    """5yz is for good, 4yz is not; its words, which may have the address, go nowhere."""
    mailbox.reply = f"{reply} {POST.email}"
    with pytest.raises(means) as failure:
        await mail(server.send, SENDER, due)
    assert POST.email not in str(failure.value)


async def test_a_refused_mail_is_tried_again_the_next_day(tx: Transaction, due: Mail) -> None:
    """Operators correct the address meanwhile."""
    refused: JobResult[Mail, bool] = JobResult(
        due, None, Refused("mail_refused"), None, counts=True, trace=None
    )
    assert await use_cases.record_mails(tx, [refused]) == set()
    due_at = await tx.fetchval("SELECT mail_due_at FROM escalations")
    assert due_at - datetime.now(UTC) > timedelta(hours=23)


async def test_a_server_that_is_away_or_does_not_know_us(due: Mail, server: MailServer) -> None:
    """Neither fails the mail for good."""
    away = MailServer("127.0.0.1", free_port(), "none", None, None, 5.0)
    stranger = MailServer("127.0.0.1", server.port, "none", None, None, 5.0)
    plain = MailServer("127.0.0.1", server.port, "starttls", None, None, 5.0)
    for mail_server in (away, stranger, plain):
        with pytest.raises(Unavailable):
            await mail(mail_server.send, SENDER, due)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_goes_over_tls(
    due: Mail,
    mailbox: Mailbox,
    tmp_path: Path,
    security: Literal["starttls", "tls"],
) -> None:
    """To a server with a certificate of an authority that is trusted."""
    with encrypted(mailbox, tmp_path, security) as server:
        trusting = replace(server, ca_file=tmp_path / "ca.crt")
        assert await mail(trusting.send, SENDER, due)
    ((recipients, _),) = mailbox.mails
    assert recipients == [POST.email]
    (session,) = mailbox.sessions
    assert session.authenticated
    assert (session.ssl is not None) == (security == "starttls")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["localhost", "mail.other.example"])
async def test_a_server_that_shows_no_certificate_of_its_name_gets_nothing(
    due: Mail,
    mailbox: Mailbox,
    tmp_path: Path,
    security: Literal["starttls", "tls"],
    host: str,
) -> None:
    """Neither login nor mail: its authority is unknown, or its certificate is another host's."""
    with encrypted(mailbox, tmp_path, security, host=host) as server:
        if host != "localhost":
            server = replace(server, ca_file=tmp_path / "ca.crt")
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            await mail(server.send, SENDER, due)
    assert (mailbox.mails, mailbox.sessions) == ([], [])


@pytest.mark.parametrize(("until_days", "told"), [(-1, False), (0, True)])
async def test_whose_last_day_has_passed_is_told_nothing(
    tx: Transaction, until_days: int, told: bool
) -> None:
    """Also while the programme is away and announces nobody else."""
    until = dhaka_date(datetime.now(UTC)) + timedelta(days=until_days)
    await keep(tx, replace(POST, until=until))
    await waiting_for(tx, 49 * HOUR)
    await levels(tx)
    await tx.execute("UPDATE escalations SET mail_due_at = now() - interval '1 second'")
    assert bool(await claim(tx)) is told
    assert (await use_cases.MAILS.oldest_due_age_s(tx) > 0) is told
    _, points = await use_cases.read_escalations(tx, dhaka_date(datetime.now(UTC)))
    assert bool(points) is told


async def test_the_newest_announcement_of_a_ministry_counts(tx: Transaction) -> None:
    """It names all; without people there is nobody, and an older one changes nothing."""
    today = dhaka_date(NOW)
    await keep(tx, POST, replace(POST, level=2, name="করিম"))
    await keep(tx, replace(POST, name="সালমা"), at=NOW + HOUR)
    await keep(tx, POST, at=NOW + HOUR)
    _, points = await use_cases.read_escalations(tx, today)
    assert {level: point.name for (_, level), point in points.items()} == {1: "সালমা"}
    await keep(tx, at=NOW + 2 * HOUR)
    assert (await use_cases.read_escalations(tx, today))[1] == {}
