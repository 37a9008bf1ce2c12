"""The sandbox on one screen."""

from functools import partial

from starlette.middleware import Middleware

from libs.component import Component
from libs.contracts.notifications import REPORTS_AT_ONCE
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.calling.tls import Certificate
from libs.web.handling.limits import BODY_LIMIT_BYTES, RequestLimits
from sandbox import registry
from sandbox.callbacks.client import SignedCallbacks
from sandbox.callbacks.jobs import CallbackSender, CallbackSenders
from sandbox.callbacks.rules import KINDS
from sandbox.faults import routes as faults
from sandbox.faults.controls import Controls
from sandbox.faults.cut_off import HangUpProtocol
from sandbox.faults.injector import FaultInjector
from sandbox.files import routes as file_keys
from sandbox.files.clerk import Clerks
from sandbox.files.server import FileServer
from sandbox.keys import keys_of
from sandbox.ledger import routes as ledger_pages
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import open_ledger
from sandbox.ministries import routes as ministries
from sandbox.ministries.papers import PaperFetcher
from sandbox.page import routes as page
from sandbox.resuming import routes as resuming
from sandbox.resuming.use_cases import Resuming
from sandbox.settings import Settings
from sandbox.sms import routes as sms
from sandbox.trace_pages import routes as trace_pages
from sandbox.traces import routes as traces
from sandbox.traces.exporter import OwnSpans
from sandbox.traces.span_store import SpanStore

_LISTS_AT_ONCE = 4  # few, so that they are long


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the sandbox; it needs neither Kafka nor PostgreSQL.

    Args:
        settings: its settings.
        tracing: makes its spans; by default they go to its own span store.
    """
    spans = SpanStore(settings.spans_kept)
    exporter = OwnSpans(partial(traces.keep, spans))
    tracing = tracing or Tracing("sandbox", traces_per_s=settings.traces_per_s, exporter=exporter)
    resources = Resources.of("sandbox", settings, tracing=tracing, has_database=False)
    path = settings.folder / "ledger.sqlite"
    writing = open_ledger(path)
    ledger = LedgerFile(writing, open_ledger(path, read_only=True))
    controls = Controls(writing)
    certificate = (
        Certificate(settings.callback_tls_folder, resources.metrics)
        if settings.callback_tls_folder
        else None
    )
    client = HttpClient(
        "platform",
        tracing=tracing,
        metrics=resources.metrics,
        connections=300,
        tls=certificate.client if certificate else None,
    )
    papers = HttpClient(
        "papers",
        tracing=tracing,
        metrics=resources.metrics,
        tls=certificate.client if certificate else None,
    )
    callbacks = SignedCallbacks(
        client,
        tracing,
        keys_of(settings),
        settings.sms_secret.get_secret_value(),
        settings.callback_deadline_s,
    )
    senders = _senders(settings, ledger, callbacks)
    files = _files(settings, ledger, controls) if settings.sftp_port else []
    return Service(
        resources,
        [
            Capability("ministries", routes=ministries.routes),
            Capability("sms", routes=sms.routes),
            Capability("registry", routes=registry.routes),
            Capability("faults", routes=faults.routes),
            Capability("files", routes=file_keys.routes),
            Capability("resuming", routes=resuming.routes),
            Capability("ledger", routes=ledger_pages.routes),
            Capability("page", routes=page.routes),
            Capability("traces", routes=traces.routes),
            Capability("trace_pages", routes=trace_pages.routes),
        ],
        provides=[
            ledger,
            controls,
            spans,
            senders,
            ministries.Backends(ledger, controls, senders, PaperFetcher(papers), settings.seed),
            Resuming(
                ledger,
                controls,
                client,
                keys_of(settings),
                settings.seed,
                senders["decision"].wake,
            ),
            FaultInjector(controls, seed=settings.seed, hang_s=settings.hang_s),
        ],
        components=[
            *senders.values(),
            *files,
            client,
            papers,
            *([certificate] if certificate else []),
        ],
        # A hand-over has a form of up to 64 KiB. `hang_s` ends before the deadline.
        limits=RequestLimits(body_bytes=4 * BODY_LIMIT_BYTES, deadline_s=settings.hang_s + 60),
        middleware=[Middleware(traces.TraceIntake, spans=spans)],
        protocol=HangUpProtocol,
    )


def _files(settings: Settings, ledger: LedgerFile, controls: Controls) -> list[Component]:
    folder = settings.folder / "files"
    secret = settings.ministry_secret.get_secret_value()
    server = FileServer(folder, settings.sftp_port, secret, controls)
    return [server, Clerks(folder, ledger, controls, server, settings.seed)]


def _senders(settings: Settings, ledger: LedgerFile, callbacks: SignedCallbacks) -> CallbackSenders:
    senders = CallbackSenders()
    for kind in KINDS:
        listed = kind == "listed_report"
        senders[kind] = CallbackSender(
            kind,
            ledger,
            callbacks.send,
            at_once=_LISTS_AT_ONCE if listed else settings.callbacks_at_once,
            deadline_s=settings.callback_deadline_s,
            per_request=REPORTS_AT_ONCE if listed else 1,
        )
    return senders
