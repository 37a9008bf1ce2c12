"""The documents service: its resources and its capabilities."""

from libs.clock import Clock
from libs.confinement_check import ConfinementCheck
from libs.limited_process import ProcessLimits
from libs.opener.client import Opener
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.turns import Turns
from libs.web.callers.keys import Keys
from libs.web.calling.client import HttpClient
from services.documents.case_papers import capability as case_papers
from services.documents.downloads import routes as downloads
from services.documents.intake import capability as intake
from services.documents.intake.pipeline import Intake
from services.documents.issued import routes as issued
from services.documents.issued.client import Issuance
from services.documents.locker import routes as locker
from services.documents.locker.content import Contents
from services.documents.own_papers import capability as own_papers
from services.documents.processing.processor import Processor
from services.documents.public_services import consumers as public_services
from services.documents.receipts import capability as receipts
from services.documents.retention import capability as retention
from services.documents.scanning.clamd import scanner
from services.documents.settings import Settings
from services.documents.stops import capability as stops
from services.documents.storage.store import DocumentStore, object_store
from services.documents.uploads import routes as uploads
from services.documents.uploads.receiving import Receiving
from services.documents.uploads.tus import TusHeader

_MIB = 1024 * 1024
_MB = 1_000_000


def build(
    settings: Settings, *, tracing: Tracing | None = None, clock: Clock | None = None
) -> Service:
    """Make the documents service; nothing is connected before it runs.

    Args:
        settings: the settings.
        tracing: used instead of a tracing made from the settings.
        clock: used instead of the system clock.
    """
    resources = Resources.of("documents", settings, tracing=tracing)
    clock = clock or Clock()
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=True,
    )
    to_issuance = HttpClient(
        "issuance", tracing=resources.tracing, metrics=resources.metrics, tls=resources.tls
    )
    store = DocumentStore(object_store(settings))
    contents = Contents(store, resources.database)
    viruses = scanner(settings.scanner, settings.scan_deadline_s)
    signer = receipts.make_signer(settings, clock)
    limits = ProcessLimits(
        settings.process_memory_mb * _MIB, settings.process_cpu_s, settings.process_deadline_s
    )
    opener = Opener(settings.opener)
    processor = Processor(
        opener,
        limits,
        settings.processes_at_once,
        wait_s=settings.process_wait_s,
        metrics=resources.metrics,
    )
    turns = Turns(settings.process_wait_s)
    database = resources.database
    files = Intake(settings, database, contents, processor, turns, viruses, signer, clock)
    return Service(
        resources,
        [
            Capability("uploads", routes=uploads.routes),
            intake.capability(files),
            case_papers.capability(files),
            own_papers.capability(files),
            Capability("locker", routes=locker.routes),
            Capability("issued", routes=issued.routes, provides=[files]),
            stops.capability(resources, clock),
            Capability("public services", consumers=public_services.router),
            receipts.capability(),
            Capability("downloads", routes=downloads.routes),
            retention.capability(resources, settings, contents, viruses, clock),
        ],
        provides=[
            keys.checker,
            clock,
            contents,
            signer,
            Issuance(settings.issuance_url, to_issuance),
            Receiving(database, store, clock, settings.upload_mb_per_hour * _MB),
        ],
        components=[
            keys,
            to_issuance,
            ConfinementCheck(resources.metrics, opener, settings.scratch),
        ],
        middleware=[TusHeader],
    )
