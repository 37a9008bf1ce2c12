"""One component of the textbook pipeline as a process: its pool, broker, client, topics and traces.

python -m tests.load.textbook_component <component> <port> <state.json>
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import uvicorn
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from faststream.security import SASLScram512
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from libs.messaging.kafka.broker import client_options
from services.registry import SERVICES
from tests.load.textbook import ANNOUNCED, COMPONENTS, DECIDED, SUBMITTED, Component
from tools.supervision.plan import Plan
from tools.supervision.state import State, read_state

PARTITIONS = 4
TRACE_SHARE = 0.01
DATABASE = {
    "intake": "applications",
    "ministries": "ministries",
    "decisions": "applications",
    "notifications": "notifications",
}
SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS textbook;
    CREATE TABLE IF NOT EXISTS textbook.applications (
        application_id uuid PRIMARY KEY, idempotency_key text NOT NULL UNIQUE,
        tracking_number text NOT NULL UNIQUE, public_service_id text NOT NULL,
        form text NOT NULL, status text NOT NULL);
    CREATE TABLE IF NOT EXISTS textbook.deliveries (
        application_id uuid PRIMARY KEY, case_file_number text, action text);
    CREATE TABLE IF NOT EXISTS textbook.messages (
        message_id uuid PRIMARY KEY, tracking_number text NOT NULL, state text NOT NULL);
"""


async def health() -> dict[str, str]:
    """Answer that this component is up."""
    return {}


@asynccontextmanager
async def running(
    name: str, port: int, state: State, *, ministry_secret: str
) -> AsyncIterator[FastAPI]:
    """Run one component with its pool, broker and client."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(TRACE_SHARE)),
        resource=Resource({"service.name": f"textbook-{name}"}),
    )
    exporter = OTLPSpanExporter(endpoint=f"{state.sandbox}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    bootstrap, security = state.kafka["bootstrap"], state.kafka["security"]
    client = client_options(bootstrap, security)
    await make_topics(client, copies=min(3, len(state.kafka["pids"]) or 1))
    broker = KafkaBroker(
        bootstrap.split(","),
        security=security and SASLScram512(security["username"], security["password"]),
        acks="all",
        middlewares=[KafkaTelemetryMiddleware(tracer_provider=provider)],
        logger=None,
    )
    async with (
        asyncpg.create_pool(state.postgres["owner_dsn"][DATABASE[name]]) as pool,
        aiohttp.ClientSession() as http,
    ):
        await pool.execute(SCHEMA)
        app = FastAPI()
        FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)
        component = Component(
            f"http://127.0.0.1:{port}", state.sandbox, pool, broker, http, app, ministry_secret
        )
        await COMPONENTS[name](component)
        app.add_api_route("/health", health)
        async with broker:
            await broker.start()
            yield app
    provider.shutdown()


async def make_topics(client: Mapping[str, Any], copies: int) -> None:
    """Make the three topics, with as many partitions as ours have at most."""
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        wanted = [NewTopic(name, PARTITIONS, copies) for name in (SUBMITTED, DECIDED, ANNOUNCED)]
        response = await admin.create_topics(wanted)
        for topic_error in response.topic_errors:
            failure = for_code(topic_error[1])
            if topic_error[1] and failure is not TopicAlreadyExistsError:
                raise failure(topic_error[0])
    finally:
        await admin.close()


def ministry_secret(state_path: Path) -> str:
    """The master secret of the sandbox's ministries, which check who calls."""
    secret = (state_path.parent / "secret").read_text()
    plan = Plan(state_path.parent, dict.fromkeys(SERVICES, 0), secret)
    return plan.environment("sandbox", bootstrap="", dsn={})["SANDBOX_MINISTRY_SECRET"]


async def main(name: str, port: int, state_path: Path) -> None:
    """Run one component until SIGTERM."""
    state = read_state(state_path)
    assert state is not None
    async with running(name, port, state, ministry_secret=ministry_secret(state_path)) as app:
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning")).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `uvicorn` would
        runner.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
