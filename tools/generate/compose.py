"""The services of Compose with their migrations, from the registry."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from services.registry import OPENERS, ORIGINS, WITH_A_NAME, ServiceEntry, entry_of

FILE = "deploy/compose/services.yaml"
_TEMPLATE = Path(__file__).parent / "templates" / "compose.yaml"


def services_file(registry: Sequence[ServiceEntry]) -> str:
    """The text of `deploy/compose/services.yaml`.

    Args:
        registry: every service; those for trials are in `compose.yaml` itself.
    """
    deployed = [entry for entry in registry if entry.production]
    passwords = [_kafka_password(entry) for entry in deployed if entry.kafka]
    lines = [
        *(f"      {line}" for line in passwords),
        "    depends_on:",
        "      kafka: {condition: service_healthy}",
    ]
    for entry in deployed:
        if entry.database:
            lines += _migration(entry)
        lines += _service(entry)
        if entry.opener:
            lines += _opener(entry)
    lines += ["", "volumes:", *(f"  {name}:" for name in OPENERS.values())]
    return _TEMPLATE.read_text(encoding="utf-8") + "\n".join(lines) + "\n"


def scrape_targets(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines of `prometheus.yaml` that name the services."""
    return [f"          - {entry.name}:8080" for entry in registry]


def databases(registry: Sequence[ServiceEntry]) -> list[str]:
    """The line of `databases.sh` that names the databases."""
    return [f"services='{' '.join(entry.name for entry in registry if entry.database)}'"]


def _migration(entry: ServiceEntry) -> Iterator[str]:
    yield from (
        "",
        f"  migrate-{entry.name}:",
        "    <<: *step",
        f"    command: [migrate, {entry.name}]",
        "    environment:",
    )
    for line in (_dsn(entry, f"{entry.name}_owner"), *_secrets(entry)):
        yield f"      {line}"
    yield "    depends_on:"
    yield "      postgres: {condition: service_healthy}"


def _service(entry: ServiceEntry) -> Iterator[str]:
    name = entry.name
    build = (
        f"context: ../.., dockerfile: deploy/Dockerfile, target: service, args: {{SERVICE: {name}}}"
    )
    yield from (
        "",
        f"  {name}:",
        "    <<: *service",
        f"    image: nagorik/{name}:local",
        f"    build: {{{build}}}",
        f"    command: [{name}]",
        "    environment:",
        "      <<: *shared",
    )
    for line in _environment(entry):
        yield f"      {line}"
    if entry.opener:
        yield f"      {name.upper()}_OPENER: /run/opener/socket"
        yield f"    volumes: [{OPENERS[name]}:/run/opener:ro]"
    if entry.published:
        yield f'    ports: ["{entry.published}:8080"]'
    yield "    depends_on:"
    if entry.opener:
        yield f"      {OPENERS[name]}: {{condition: service_started}}"
    if entry.kafka:
        yield "      topics: {condition: service_completed_successfully}"
    if entry.database:
        yield f"      migrate-{name}: {{condition: service_completed_successfully}}"


def _opener(entry: ServiceEntry) -> Iterator[str]:
    """The process that opens its files: another user, no network, no environment."""
    name = OPENERS[entry.name]
    yield from (
        "",
        f"  {name}:",
        "    <<: *service",
        f"    image: nagorik/{entry.name}:local",
        f'    command: [opener, {entry.name}, /run/opener/socket, /tmp/files, "10001"]',
        '    user: "10002:10001" # the group may connect',
        "    network_mode: none",
        "    healthcheck: {disable: true} # it has no HTTP; the service says when it is away",
        f"    volumes: [{name}:/run/opener]",
    )


def _environment(entry: ServiceEntry) -> Iterator[str]:
    prefix = entry.name.upper()
    if entry.kafka:
        yield f"{prefix}_KAFKA_USER: {entry.name}"
        yield _kafka_password(entry)
    if entry.database:
        yield _dsn(entry, entry.name)
    for name in entry.addressed:
        yield f"{prefix}_{name.upper()}_URL: http://{name}:8080"
    yield from _origins(entry)
    if entry.folder:
        yield f"{prefix}_FOLDER: /tmp/{entry.name}"
    if entry.destinations:
        yield f"{prefix}_PUBLIC_URL: http://{entry.name}:8080"
    for setting in entry.destinations:
        yield f"{prefix}_{setting}: http://sandbox:8080"
    for setting, value in entry.in_containers.items():
        yield f'{prefix}_{setting}: "{value}"'  # a word such as true is no text for Compose
    yield from _secrets(entry)


def _origins(entry: ServiceEntry) -> Iterator[str]:
    """The addresses at which this machine reaches the services that are published."""
    for setting in entry.addresses:
        if service := ORIGINS.get(setting):
            host = "localhost" if service in WITH_A_NAME else "127.0.0.1"
            address = f"http://{host}:{entry_of(service).published}"
            yield f"{entry.name.upper()}_{setting}: {address}"


def _kafka_password(entry: ServiceEntry) -> str:
    return f"{entry.name.upper()}_KAFKA_PASSWORD: kafka-{entry.name}-${{NAGORIK_SECRET}}"


def _dsn(entry: ServiceEntry, role: str) -> str:
    name = entry.name
    return f"{name.upper()}_DSN: postgresql://{role}:${{NAGORIK_SECRET}}@postgres:5432/{name}"


def _secrets(entry: ServiceEntry) -> Iterator[str]:
    for secret in entry.secrets:
        yield f"{entry.name.upper()}_{secret.setting}: {secret.prefix}-${{NAGORIK_SECRET}}"
