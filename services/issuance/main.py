"""The issuance service on one screen: its resources and its capabilities."""

from libs.clock import Clock
from libs.confinement_check import ConfinementCheck
from libs.opener.client import Opener
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from libs.web.calling.client import HttpClient
from services.issuance.checks import routes as checks
from services.issuance.counter import capability as counter
from services.issuance.downloads import routes as downloads
from services.issuance.drawing.drawer import Drawer
from services.issuance.drawing.files import PaperFiles
from services.issuance.erasure import consumers as erasure
from services.issuance.issuing import consumers as issuing
from services.issuance.keys import routes as paper_keys
from services.issuance.keys.signer import PaperSigner
from services.issuance.settings import Settings


def build(
    settings: Settings, *, tracing: Tracing | None = None, clock: Clock | None = None
) -> Service:
    """Make the issuance service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
        clock: used instead of the system clock.
    """
    resources = Resources.of("issuance", settings, tracing=tracing)
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=False,
    )
    opener = Opener(settings.opener)
    clock = clock or Clock()
    secrets = [settings.key_secret, *settings.earlier_key_secrets]
    signer = PaperSigner(
        [secret.get_secret_value() for secret in secrets], settings.certificates_by_key
    )
    client = HttpClient(
        "documents",
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
    )
    papers_secret = settings.papers_secret.get_secret_value()
    files = PaperFiles(
        client, settings.documents_url, papers_secret, clock, settings.file_deadline_s
    )
    drawer = Drawer(
        opener, at_once=settings.drawings_at_once, wait_s=settings.drawing_wait_s, files=files
    )
    return Service(
        resources,
        [
            Capability("issuing", consumers=issuing.router),
            Capability("keys", routes=paper_keys.routes),
            Capability("checks", routes=checks.routes),
            Capability("downloads", routes=downloads.routes),
            counter.capability(resources, clock),
            Capability("erasure", consumers=erasure.router),
        ],
        provides=[keys.checker, clock, signer, drawer],
        components=[keys, client, ConfinementCheck(resources.metrics, opener, required=False)],
    )
