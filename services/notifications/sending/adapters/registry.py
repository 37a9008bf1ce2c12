"""Which provider carries which channel."""

from collections.abc import Mapping

from libs.contracts.notifications import Channel
from libs.web.client import HttpClient
from services.notifications.messages.rules import SMS
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.adapters.sms_http import SmsHttp
from services.notifications.settings import Settings


def providers(
    settings: Settings, client: HttpClient, *, public_url: str
) -> Mapping[Channel, Provider]:
    """Make the provider of every channel.

    Args:
        settings: where the providers are.
        client: makes the calls.
        public_url: base URL at which providers reach us.
    """
    return {
        SMS: SmsHttp(
            client,
            url=settings.sms_url,
            report_url=f"{public_url}/v1/reports/{SMS}",
            deadline_s=settings.sms_deadline_s,
        )
    }
