"""Messages with one-time codes: their events name the number, and they are worthless soon."""

from typing import Literal, TypeAlias

from libs.contracts.identity import CodeRequested, ConsentRequested
from services.notifications.messages.templates import (
    CONSENT_CODE,
    LOGIN_CODE,
    Template,
    consent_text,
)

CodeEvent: TypeAlias = CodeRequested | ConsentRequested


def template_of(event: CodeEvent) -> Template | Literal["consent_code"]:
    """Return the template of a message."""
    return LOGIN_CODE if isinstance(event, CodeRequested) else CONSENT_CODE


def stored_text(event: CodeEvent) -> str:
    """Return the stored text of a message: of a login code the code, else the whole text."""
    return event.code if isinstance(event, CodeRequested) else consent_text(event)
