"""README tables: topics and capabilities of a service, all services, the Secrets of a cluster."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
    in_words,
)
from services.registry import ServiceEntry

_HEAD = ("| | topic | with | events | kept |", "| --- | --- | --- | --- | --- |")
_NO_TOPIC = "Reads and writes no topic."
_DECISION = re.compile(r"\(decision ([0-9]+)\)")
_SECRET_COMMANDS = Template("""\
```sh
kubectl apply -f deploy/kubernetes/stores/namespace.yaml
for service in $databases; do
  kubectl -n nagorik create secret generic $$service-database --type kubernetes.io/basic-auth \\
    --from-literal=username=$$service --from-literal=password=$$(openssl rand -hex 24)
  kubectl -n nagorik create secret generic $$service-owner-database \\
    --type kubernetes.io/basic-auth \\
    --from-literal=username=$${service}_owner --from-literal=password=$$(openssl rand -hex 24)
done
for name in $secrets; do
  kubectl -n nagorik create secret generic $$name --from-literal=secret=$$(openssl rand -hex 32)
done
for name in $key_lists; do
  kubectl -n nagorik create secret generic $$name \\
    --from-literal=secret=1:$$(openssl rand -base64 32)
done
```""")


def topics_table(service: str) -> list[str]:
    """Return the topics that a service reads and writes, as lines of Markdown.

    Args:
        service: its name.
    """
    rows = [*_read(service), *_written(service)]
    return [*_HEAD, *rows] if rows else [_NO_TOPIC]


def capabilities_table(checkout: Path, package: str) -> list[str]:
    """Return the capabilities of a service, as lines of Markdown.

    The docstring of a capability's package says what the capability does.

    Args:
        checkout: the top of the checkout, whose folders are looked at.
        package: the package of the service.

    Raises:
        LookupError: a capability has no docstring, or names a decision that there is not.
    """
    service = checkout.joinpath(*package.split("."))
    rows = (
        f"| [`{name}`]({_page(service, name)}) | {_does(checkout, service / name)} |"
        for name in _folders_with_code(service)
    )
    return ["| capability | does |", "| --- | --- |", *rows]


def services_table(registry: Sequence[ServiceEntry]) -> list[str]:
    """Return all services and the data that they own, as lines of Markdown."""
    rows = [
        f"| [{entry.name}]({entry.package.replace('.', '/')}/README.md) | {entry.owns} |"
        for entry in registry
    ]
    return ["| service | owns |", "| --- | --- |", *rows]


def image_commands(registry: Sequence[ServiceEntry]) -> list[str]:
    """Return the commands that build the images, as lines of Markdown."""
    names = " ".join(entry.name for entry in registry if entry.production)
    service = (
        "--target service --build-arg SERVICE=$service --build-arg RELEASE=0.1.0"
        " -t $REGISTRY/$service:0.1.0"
    )
    return [
        "```sh",
        f"for service in {names}; do",
        f"  docker build -f deploy/Dockerfile {service} .",
        "done",
        "for target in operators sandbox; do",
        "  docker build -f deploy/Dockerfile --target $target -t $REGISTRY/$target:0.1.0 .",
        "done",
        f"for name in {names} operators sandbox; do",
        "  docker push $REGISTRY/$name:0.1.0",
        "  digest=$(docker inspect --format '{{index .RepoDigests 0}}' $REGISTRY/$name:0.1.0)",
        "  for folder in steps services trial; do",
        "    (cd deploy/kubernetes/$folder && kustomize edit set image nagorik/$name=$digest)",
        "  done",
        "done",
        "```",
    ]


def secrets_section(registry: Sequence[ServiceEntry]) -> list[str]:
    """Return the Secrets that a cluster needs and the commands that make them, as Markdown."""
    deployed = [entry for entry in registry if entry.production]
    stored = [entry.name for entry in deployed if entry.database]
    secrets = list(dict.fromkeys(secret for entry in deployed for secret in entry.secrets))
    databases = ", ".join(f"`{name}-database`" for name in stored)
    owners = ", ".join(f"`{name}-owner-database`" for name in stored)
    role = "the database role of a service; the user name is the service's name"
    owner = "the owner of its database, for migrations; the user name ends in `_owner`"
    return [
        "| Secret | keys | what |",
        "| --- | --- | --- |",
        f"| {databases} | `username`, `password` | {role} |",
        f"| {owners} | `username`, `password` | {owner} |",
        *(f"| `{secret.kubernetes_secret}` | `secret` | {secret.purpose} |" for secret in secrets),
        "",
        *_SECRET_COMMANDS.substitute(
            databases=" ".join(stored),
            secrets=" ".join(secret.kubernetes_secret for secret in secrets if not secret.key_id),
            key_lists=" ".join(secret.kubernetes_secret for secret in secrets if secret.key_id),
        ).splitlines(),
    ]


def _page(service: Path, name: str) -> str:
    return f"{name}/README.md" if (service / name / "README.md").exists() else name


def _does(checkout: Path, capability: Path) -> str:
    file = capability / "__init__.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    if not text:
        raise LookupError(f"{file}: a docstring must say what the capability does")

    def link(named: re.Match[str]) -> str:
        for page in (checkout / "docs" / "decisions").glob(f"{named[1]:0>4}-*.md"):
            return f"([decision {named[1]}](../../docs/decisions/{page.name}))"
        raise LookupError(f"{file}: there is no decision {named[1]}")

    return _DECISION.sub(link, " ".join(text.split()))


def _read(service: str) -> Iterator[str]:
    for topic in TOPICS:
        if service in topic.readers:
            yield _row("reads", topic, f"from {topic.writer}")


def _written(service: str) -> Iterator[str]:
    for topic in TOPICS:
        if topic.writer == service:
            yield _row("writes", topic, f"to {', '.join(topic.readers)}")
    if service in READING_SERVICES:
        kept = in_words(DEAD_LETTER_RETENTION_MS)
        name = f"`{dead_letter_topic(service)}`"
        what = "records it could not process, and why"
        yield f"| writes | {name} | to its operators | {what} | {kept} |"


def _row(verb: str, topic: Topic, others: str) -> str:
    kinds = ", ".join(f"`{event.type}`" for event in topic.events)
    name = f"`{topic.name}`" + (" (restricted)" if topic.restricted else "")
    return f"| {verb} | {name} | {others} | {kinds} | {topic.retention} |"


def _folders_with_code(folder: Path) -> list[str]:
    """Return the names of the folders in a folder that have Python files, sorted."""
    return sorted(path.name for path in folder.iterdir() if any(path.glob("*.py")))
