"""Messages whose events name the number: codes, consents, notices about accounts and mandates."""

from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from libs.contracts.identity import (
    CodeRequested,
    ConsentRequested,
    MandateMessageRequested,
    Notice,
    NoticeRequested,
)
from libs.contracts.mandates import MandateNotice
from libs.encryption import Purpose
from services.notifications.messages.templates import (
    CONSENT_CODE,
    LOGIN_CODE,
    Template,
    consent_text,
    mandate_text,
    notice_text,
)

MessageRequest: TypeAlias = (
    CodeRequested | ConsentRequested | NoticeRequested | MandateMessageRequested
)

NOTICE_VALID: Final = timedelta(days=3)
"""Time for which a notice about an account is tried; a phone is seldom off for longer."""


def template_of(
    request: MessageRequest,
) -> Template | Notice | MandateNotice | Literal["consent_code"]:
    """Return the template of a message."""
    match request:
        case CodeRequested():
            return LOGIN_CODE
        case ConsentRequested():
            return CONSENT_CODE
        case NoticeRequested() | MandateMessageRequested():
            return request.notice


def stored_text(request: MessageRequest) -> str:
    """Return what is stored of a message: of a login code the code, else the whole text."""
    match request:
        case CodeRequested():
            return request.code
        case ConsentRequested():
            return consent_text(request)
        case NoticeRequested():
            return notice_text(request)
        case MandateMessageRequested():
            return mandate_text(request)


def expires_at(request: MessageRequest) -> datetime:
    """Return until when a message is tried."""
    if isinstance(request, NoticeRequested | MandateMessageRequested):
        return request.occurred_at + NOTICE_VALID
    return request.expires_at


def purpose_of(request: MessageRequest) -> Purpose:
    """Return the purpose of the key that encrypts a message: a code is worthless in an hour."""
    is_notice = isinstance(request, NoticeRequested | MandateMessageRequested)
    return "rows" if is_notice else "hour"
