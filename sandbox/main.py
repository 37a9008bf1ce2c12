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
from sandbox.adapters.callbacks import Callbacks, SignedCallbacks
from sandbox.adapters.ledger_file import LedgerFile
from sandbox.adapters.own_spans import OwnSpans
from sandbox.api import faults
from sandbox.api.faults import ControlDesk
from sandbox.api.gate import Gate
from sandbox.api.hangups import CanHangUp
from sandbox.api.ledger import LedgerDesk
from sandbox.api.ministries import MinistryBackEnds
from sandbox.api.payments import PaymentProvider
from sandbox.api.registry import CitizenRegistry
from sandbox.api.sms import SmsOperator
from sandbox.api.traces import TraceDesk, TraceIntake, keep
from sandbox.domain.callbacks import KINDS, Kind
from sandbox.domain.controls import Controls
from sandbox.domain.spans import SpanStore
from sandbox.settings import Settings
from sandbox.store.ledger import open_ledger
from sandbox.worker import Caller

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
    callers = {
        kind: _caller(kind, settings, ledger, _callbacks(settings, tracing, metrics))
        for kind in KINDS
    }
    parts = tuple(callers.values())
    controls = faults.load(writing)
    app = make_app(
        _routes(settings, ledger, controls, spans, callers, tracing),
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
        "payment": settings.payment_secret.get_secret_value(),
    }
    client = HttpClient("platform", tracing=tracing, metrics=metrics)
    return SignedCallbacks(client, tracing, secrets, deadline_s=settings.callback_deadline_s)


def _caller(kind: Kind, settings: Settings, ledger: LedgerFile, callbacks: Callbacks) -> Caller:
    listed = kind == "listed_report"
    return Caller(
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
    callers: Mapping[Kind, Caller],
    tracing: Tracing,
) -> list[Route]:
    gate = Gate(controls, seed=settings.seed, hang_s=settings.hang_s)
    ministries = MinistryBackEnds(ledger, gate, controls, settings.seed, callers["decision"].wake)
    payments = PaymentProvider(ledger, gate, controls, settings.seed, callers["payment"].wake)
    sms = SmsOperator(
        ledger,
        gate,
        controls,
        tracing,
        settings.seed,
        settings.report_delay_ms,
        {kind: caller.wake for kind, caller in callers.items()},
    )
    desks = (ControlDesk(controls, ledger), LedgerDesk(ledger), TraceDesk(spans))
    parties = (ministries, sms, CitizenRegistry(gate), payments)
    return [route for part in (*parties, *desks) for route in part.routes()]
