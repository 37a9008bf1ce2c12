"""The Kubernetes manifests that each service needs, from the registry and four templates."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from textwrap import indent

from libs.contracts.topics import READING_SERVICES
from services.registry import ServiceEntry

FOLDER = "deploy/kubernetes"
_HEAD = "# Written by `make generate` from services/registry.py.\n"
_TEMPLATES = Path(__file__).parent / "templates"

_STATELESS = "strategy:\n  rollingUpdate: {maxUnavailable: 0, maxSurge: 1}"
# Members of a consumer group keep their names: a killed pod comes back to its own partitions
# without a rebalance, and takes up the jobs that its predecessor of the same name had claimed.
_STATEFUL = "serviceName: $name\npodManagementPolicy: Parallel"
_MOUNT = "- {name: $name, mountPath: $path$mode}"
_CERTIFICATES = """\
- name: $name
  secret:
    secretName: $secret
    items: [{key: ca.crt, path: ca.crt}]"""
_CALL = """\
- to:
    - podSelector:
        matchLabels:
          $key: $value
  ports:
    - port: $port"""


def manifests(registry: Sequence[ServiceEntry]) -> Iterator[tuple[str, str]]:
    """Path and text of every manifest that derives from the registry.

    Args:
        registry: every service.
    """
    deployed = [entry for entry in registry if entry.production]
    stored = [entry for entry in deployed if entry.database]
    for entry in deployed:
        yield f"{FOLDER}/services/{entry.name}.yaml", _HEAD + service(entry, deployed)
    for path, template in (
        ("steps/migrate.yaml", "migrate"),
        ("steps/operate.yaml", "operate"),
        ("stores/databases.yaml", "database"),
    ):
        documents = "".join(_database_document(template, entry) for entry in stored)
        yield f"{FOLDER}/{path}", _HEAD + documents


def service(entry: ServiceEntry, deployed: Sequence[ServiceEntry]) -> str:
    """Process, address, disruption budget and network policy of one service.

    Args:
        entry: the service.
        deployed: every service of production, since some send it requests.
    """
    keeps_names = entry.name in READING_SERVICES
    uses = [f'uses-{store}: "true"' for store in _stores(entry)]
    return _filled(
        "service",
        name=entry.name,
        kind="StatefulSet" if keeps_names else "Deployment",
        replicas=str(entry.replicas),
        kind_fields=_block(2, [_fill(_STATEFUL if keeps_names else _STATELESS, name=entry.name)]),
        uses=_block(8, uses),
        opener=_opener(entry),
        environment=_block(10, _environment(entry)),
        cpu=entry.cpu,
        memory=entry.memory,
        volumes="\n".join(_volumes(entry)),
        traffic="\n".join(_traffic(entry, deployed)),
    )


def resources(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines of `services/kustomization.yaml` that name the services' manifests."""
    return [f"  - {entry.name}.yaml" for entry in registry if entry.production]


def images(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines of `services/kustomization.yaml` that give each service's image its tag."""
    return [
        f"  - {{name: nagorik/{entry.name}, newTag: 0.1.0}}"
        for entry in registry
        if entry.production
    ]


def _opener(entry: ServiceEntry) -> str:
    opener = entry.opener
    if opener is None:
        return ""
    text = _filled("opener", name=entry.name, memory=opener.memory, cpu=opener.cpu)
    return "\n" + _block(6, [text.rstrip()])


def _stores(entry: ServiceEntry) -> list[str]:
    return ["kafka"] * entry.kafka + ["postgres"] * entry.database


def _environment(entry: ServiceEntry) -> list[str]:
    prefix = entry.name.upper()
    lines = ["envFrom:", "  - configMapRef: {name: platform}"]
    if entry.destinations:
        lines.append(f"  - configMapRef: {{name: {entry.name}-destinations}}")
    if entry.addresses:
        lines.append(f"  - configMapRef: {{name: {entry.name}-addresses}}")
    if entry.credentials:
        lines.append(f"  - secretRef: {{name: {entry.credentials}, optional: true}}")
    lines += [
        "env:",
        f"  - name: {prefix}_REPLICA",
        "    valueFrom:\n      fieldRef:\n        fieldPath: metadata.name",
    ]
    variables: list[str] = []
    if entry.kafka:
        variables += _kafka_login(entry)
    if entry.database:
        variables += _database_login(entry, entry.name)
    variables += [
        _value(f"{prefix}_{call.upper()}_URL", f"https://{call}:8080") for call in entry.calls
    ]
    if entry.opener:
        variables.append(_value(f"{prefix}_OPENER", "/run/opener/socket"))
    if entry.knows_replicas:
        variables.append(_value(f"{prefix}_PROCESSES", f'"{entry.replicas}"'))
    variables += _secrets(entry)
    return [*lines, *(indent(variable, "  ") for variable in variables)]


def _kafka_login(entry: ServiceEntry) -> list[str]:
    prefix = entry.name.upper()
    return [
        _value(f"{prefix}_KAFKA_USER", entry.name),
        _secret(f"{prefix}_KAFKA_PASSWORD", f"kafka-user-{entry.name}", "password"),
    ]


def _database_login(entry: ServiceEntry, role: str) -> list[str]:
    dsn = (
        f"postgresql://{role}@postgres-rw:5432/{entry.name}"
        "?sslmode=verify-full&sslrootcert=/etc/nagorik/postgres/ca.crt"
    )
    return [
        _value(f"{entry.name.upper()}_DSN", dsn),
        _secret("PGPASSWORD", f"{role.replace('_', '-')}-database", "password"),
    ]


def _secrets(entry: ServiceEntry) -> list[str]:
    return [
        _secret(f"{entry.name.upper()}_{secret.setting}", secret.kubernetes_secret, "secret")
        for secret in entry.secrets
    ]


def _value(name: str, value: str) -> str:
    return f"- name: {name}\n  value: {value}"


def _secret(name: str, secret: str, key: str) -> str:
    return f"- name: {name}\n  valueFrom:\n    secretKeyRef: {{name: {secret}, key: {key}}}"


def _volumes(entry: ServiceEntry) -> Iterator[str]:
    mounts = [_fill(_MOUNT, name="tmp", path="/tmp", mode="")]  # noqa: S108
    volumes = [f"- name: tmp\n  emptyDir: {{sizeLimit: {entry.scratch}}}"]
    certificates = {
        "kafka": "kafka-cluster-ca-cert",
        "postgres": "postgres-ca",
        "otel": "otel-collector-ca",
    }
    mounts.append(_fill(_MOUNT, name="tls", path="/etc/nagorik/tls", mode=", readOnly: true"))
    volumes.append(f"- name: tls\n  secret:\n    secretName: {entry.name}-tls")
    for called in (*_stores(entry), "otel"):
        name = f"{called}-ca"
        path = f"/etc/nagorik/{called}"
        mounts.append(_fill(_MOUNT, name=name, path=path, mode=", readOnly: true"))
        volumes.append(_fill(_CERTIFICATES, name=name, secret=certificates[called]))
    if entry.opener:
        mounts.append(_fill(_MOUNT, name="opener", path="/run/opener", mode=", readOnly: true"))
        volumes.append("- name: opener\n  emptyDir: {sizeLimit: 1Mi}")
        volumes.append(f"- name: opener-files\n  emptyDir: {{sizeLimit: {entry.opener.scratch}}}")
    yield _block(10, ["volumeMounts:", *(indent(mount, "  ") for mount in mounts)])
    yield _block(6, ["volumes:", *(indent(volume, "  ") for volume in volumes)])


def _traffic(entry: ServiceEntry, deployed: Sequence[ServiceEntry]) -> Iterator[str]:
    callers = [other.name for other in deployed if entry.name in other.calls]
    namespaces = ["ingress-nginx"] * entry.public + ["monitoring"]
    yield "  ingress:\n    - from:"
    for caller in callers:
        yield _selector("podSelector", "app.kubernetes.io/name", caller)
    for namespace in namespaces:
        yield _selector("namespaceSelector", "kubernetes.io/metadata.name", namespace)
    yield "      ports:\n        - port: 8080\n  egress:"
    calls = []
    if entry.kafka:
        calls.append(_fill(_CALL, key="strimzi.io/cluster", value="kafka", port="9093"))
    if entry.database:
        calls.append(_fill(_CALL, key="cnpg.io/cluster", value="postgres", port="5432"))
    calls += [_fill(_CALL, key="app.kubernetes.io/name", value=c, port="8080") for c in entry.calls]
    yield _block(4, calls)


def _selector(kind: str, key: str, value: str) -> str:
    return _block(8, [f"- {kind}:\n    matchLabels:\n      {key}: {value}"])


def _database_document(template: str, entry: ServiceEntry) -> str:
    role = f"{entry.name}_owner" if template == "migrate" else entry.name
    login = [*_database_login(entry, role), *_secrets(entry)]
    if template == "operate":
        login += _kafka_login(entry)
    return _filled(template, name=entry.name, environment=_block(12, login))


def _block(spaces: int, parts: Sequence[str]) -> str:
    return indent("\n".join(parts), " " * spaces)


def _filled(template: str, **values: str) -> str:
    return _fill((_TEMPLATES / f"{template}.yaml").read_text(encoding="utf-8"), **values)


def _fill(text: str, **values: str) -> str:
    return Template(text).substitute(values)
