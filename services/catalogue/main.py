"""Puts the catalogue together; nothing else makes resources."""

from functools import partial

from libs.database.pool import Database
from libs.messaging.broker import Broker
from libs.messaging.relay import Relay
from libs.service import Service, health_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from services.catalogue.api import CatalogueApi
from services.catalogue.serving import Serving
from services.catalogue.settings import Settings

NAME = "catalogue"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the catalogue.

    Args:
        settings: its knobs.
        tracing: makes its spans instead of its own.
    """
    metrics = Metrics(NAME)
    tracing = tracing or Tracing(
        NAME, endpoint=settings.otlp_endpoint, sample_share=settings.trace_share
    )
    database = Database(settings.dsn, size=settings.pool_size)
    broker = Broker(NAME, settings)
    relay = Relay(broker=broker, database=database, tracing=tracing, metrics=metrics)
    serving = Serving(database, tracing, refresh_s=settings.refresh_s)
    app = make_app(
        CatalogueApi(serving, cache_s=settings.cache_s).routes(),
        service=NAME,
        tracing=tracing,
        metrics=metrics,
        health=partial(health_of, [serving, relay], None),
    )
    return Service(
        NAME,
        settings,
        app=app,
        parts=[serving],
        relay=relay,
        database=database,
        tracing=tracing,
    )
