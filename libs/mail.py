"""Mail by SMTP (RFC 5321), over TLS or STARTTLS, to the server that the settings name."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from libs.errors import Refused, Unavailable

Security = Literal["starttls", "tls", "none"]

_SMTP: Final = "smtp"
_STEPS: Final = 8  # connect, greeting, TLS, login, sender, recipient, content, goodbye
_STEP_S: Final = 15.0

MAIL_DEADLINE_S: Final = _STEPS * _STEP_S
"""Seconds that a mail may take with all its steps."""


class MailSettings(BaseSettings):
    """Settings of a service that sends mails to officials."""

    smtp_host: str | None = Field(
        None, description="Mail server that takes mails to officials; without one none is sent"
    )
    smtp_port: int = Field(587, description="Its port", gt=0, lt=65_536)
    smtp_security: Security = Field(
        "starttls", description="How its connection is encrypted; `none` only on one machine"
    )
    smtp_user: str | None = Field(None, description="Login at the mail server, where it needs one")
    smtp_password: SecretStr | None = Field(None, description="Password of that login")
    smtp_sender: str = Field(
        "operations@nagorik.example", description="Address that mails to officials come from"
    )


def new_message(mail_id: UUID, sender: str, address: str, subject: str, text: str) -> EmailMessage:
    """Return a mail to an official, the same for every attempt at it.

    Args:
        mail_id: of what is mailed.
        sender: our address.
        address: of the official.
        subject: without data of citizens, as the text.
        text: what it says.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = subject
    # The same for every attempt, so that a repeated one is recognised (RFC 5322, section 3.6.4).
    message["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no reply by a machine
    message.set_content(text)
    return message


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server that takes our mails.

    Args:
        host: its name.
        port: 587 for STARTTLS, 465 for TLS.
        security: how the connection is encrypted; `none` only on one machine.
        user: our login name there; None without a login.
        password: for the login.
        deadline_s: seconds for each step.
        ca_file: authorities of its certificate; by default those that the process trusts.
    """

    host: str
    port: int
    security: Security
    user: str | None
    password: SecretStr | None = field(repr=False)
    deadline_s: float
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: MailSettings) -> "MailServer | None":
        """Return the mail server that the settings name; None without one."""
        if settings.smtp_host is None:
            return None
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            deadline_s=_STEP_S,
        )

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail over.

        Raises:
            Refused: the server does not take this mail, or this address, for good.
            Unavailable: it does not respond, does not let us in, or asks us to come again.
        """
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        try:
            with self._connection() as server:
                if self.security == "starttls":
                    server.starttls(context=ssl.create_default_context(cafile=self.ca_file))
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password.get_secret_value())
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as failure:
            code = max(code for code, _ in failure.recipients.values())
            raise _failure(code) from None
        except smtplib.SMTPResponseException as failure:
            # A server that rejects our login or our address does not refuse this mail.
            is_about_mail = isinstance(failure, smtplib.SMTPDataError)
            raise _failure(failure.smtp_code if is_about_mail else 0) from None
        except (smtplib.SMTPException, OSError) as failure:
            # The server's own words may have the address, so only the kind of failure goes on.
            raise Unavailable(_SMTP, type(failure).__name__) from None

    def _connection(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context(cafile=self.ca_file)
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.deadline_s, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.deadline_s)


def _failure(code: int) -> Refused | Unavailable:
    """Return the failure for a reply; 5yz is permanent (RFC 5321, section 4.2.1)."""
    if 500 <= code < 600:
        return Refused("mail_refused", f"code {code}")
    return Unavailable(_SMTP, f"code {code}")
