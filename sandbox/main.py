"""Puts the sandbox together; nothing else makes resources."""

from collections.abc import Mapping
from functools import partial

from starlette.routing import Route

from libs.contracts.notifications import REPORTS_AT_ONCE
from libs.service import Service, health_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from libs.web.client import HttpClient
from libs.web.limits import BODY_LIMIT_BYTES, RequestLimits
from sandbox.callbacks.client import Callbacks, SignedCallbacks
from sandbox.callbacks.jobs import CallbackSender
from sandbox.callbacks.rules import KINDS, Kind
from sandbox.faults.controls import Controls
from sandbox.faults.cut_off import CanHangUp
from sandbox.faults.injector import FaultInjector
from sandbox.faults.routes import ControlRoutes, load_controls
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.routes import LedgerRoutes
from sandbox.ledger.schema import open_ledger
from sandbox.ministries.routes import MinistryRoutes
from sandbox.registry.routes import RegistryRoutes
from sandbox.settings import Settings
from sandbox.sms.routes import SmsRoutes
from sandbox.traces.exporter import OwnSpans
from sandbox.traces.routes import TraceIntake, TraceRoutes, keep
from sandbox.traces.span_store import SpanStore

NAME = "sandbox"

_LISTS_AT_ONCE = 4  # few, so that they are long


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the sandbox; it needs neither Kafka nor PostgreSQL.

    Args:
        settings: its knobs.
        tracing: makes its spans instead of its own, which go straight to the spans it keeps.
    """
    spans = SpanStore(settings.spans_kept)
    metrics = Metrics(NAME)
    tracing = tracing or Tracing(
        NAME, sample_share=settings.trace_share, exporter=OwnSpans(partial(keep, spans))
    )
    path = settings.folder / "ledger.sqlite"
    writing = open_ledger(path)
    ledger = LedgerFile(writing, open_ledger(path, read_only=True))
    senders = {
        kind: _sender(kind, settings, ledger, _callbacks(settings, tracing, metrics))
        for kind in KINDS
    }
    parts = tuple(senders.values())
    controls = load_controls(writing)
    app = make_app(
        _routes(settings, ledger, controls, spans, senders, tracing),
        service=NAME,
        tracing=tracing,
        metrics=metrics,
        health=partial(health_of, parts, None),
        # A hand-over wraps a form of up to 64 KiB; a hanging answer is cut off by its own fault.
        limits=RequestLimits(body_bytes=4 * BODY_LIMIT_BYTES, deadline_s=settings.hang_s + 60),
    )
    return Service(
        NAME,
        settings,
        app=CanHangUp(TraceIntake(app, spans)),
        parts=parts,
        tracing=tracing,
    )


def _callbacks(settings: Settings, tracing: Tracing, metrics: Metrics) -> Callbacks:
    secrets: Mapping[Kind, str] = {
        "decision": settings.ministry_secret.get_secret_value(),
        "report": settings.sms_secret.get_secret_value(),
        "listed_report": settings.sms_secret.get_secret_value(),
    }
    client = HttpClient("platform", tracing=tracing, metrics=metrics)
    return SignedCallbacks(client, tracing, secrets, deadline_s=settings.callback_deadline_s)


def _sender(
    kind: Kind, settings: Settings, ledger: LedgerFile, callbacks: Callbacks
) -> CallbackSender:
    listed = kind == "listed_report"
    return CallbackSender(
        kind,
        ledger,
        callbacks,
        at_once=_LISTS_AT_ONCE if listed else settings.callbacks_at_once,
        deadline_s=settings.callback_deadline_s,
        per_request=REPORTS_AT_ONCE if listed else 1,
    )


def _routes(
    settings: Settings,
    ledger: LedgerFile,
    controls: Controls,
    spans: SpanStore,
    senders: Mapping[Kind, CallbackSender],
    tracing: Tracing,
) -> list[Route]:
    injector = FaultInjector(controls, seed=settings.seed, hang_s=settings.hang_s)
    ministries = MinistryRoutes(ledger, injector, controls, settings.seed, senders["decision"].wake)
    sms = SmsRoutes(
        ledger,
        injector,
        controls,
        tracing,
        settings.seed,
        settings.report_delay_ms,
        {kind: sender.wake for kind, sender in senders.items()},
    )
    admin_routes = (ControlRoutes(controls, ledger), LedgerRoutes(ledger), TraceRoutes(spans))
    destinations = (ministries, sms, RegistryRoutes(injector))
    return [route for part in (*destinations, *admin_routes) for route in part.routes()]
