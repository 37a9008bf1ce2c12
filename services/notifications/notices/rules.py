"""Notices about accounts and mandates: messages whose events name the number."""

from datetime import timedelta
from typing import Final, TypeAlias

from libs.contracts.identity import MandateMessageRequested, NoticeRequested
from services.notifications.messages.templates import mandate_text, notice_text

NoticeEvent: TypeAlias = NoticeRequested | MandateMessageRequested

NOTICE_VALID: Final = timedelta(days=3)
"""Time for which a notice is tried before it is a dead letter; a phone is seldom off for longer."""


def text_of(event: NoticeEvent) -> str:
    """Return the text of a notice."""
    match event:
        case NoticeRequested():
            return notice_text(event)
        case MandateMessageRequested():
            return mandate_text(event)
