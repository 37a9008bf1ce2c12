"""Documents of deploy/ as values, and the names of settings, for the tests of deploy/."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from pydantic import AliasChoices

from libs.settings import ServiceSettings
from services.registry import entry_of

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
# Read by PostgreSQL's client, not by us: it keeps the password out of the DSN.
OF_THE_CLIENT = {"PGPASSWORD"}
PLACES_OF_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")

Document = dict[str, Any]


@cache
def load(path: Path) -> list[Document]:
    """Every document of a YAML file; not to be changed."""
    documents = yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [document for document in documents if document]


def manifests() -> Iterator[tuple[str, Document]]:
    """Every Kubernetes resource with the file that it stands in, kustomizations apart."""
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in load(path):
                yield path.relative_to(KUBERNETES).as_posix(), document


def of_kind(*kinds: str) -> list[Document]:
    """Every resource of these kinds."""
    return [document for _, document in manifests() if document["kind"] in kinds]


def named(kind: str, name: str) -> Document:
    """The one resource of this kind and name."""
    (found,) = [each for each in of_kind(kind) if each["metadata"]["name"] == name]
    return found


def pods() -> dict[str, Document]:
    """The pod of every Deployment, StatefulSet and Job, by its name."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in of_kind("Deployment", "StatefulSet", "Job")
    }


def container(pod: Document) -> Document:
    """The one container of a pod."""
    (only,) = pod["containers"]
    return dict(only)


def literals() -> dict[str, dict[str, str]]:
    """The values of each generated ConfigMap, overlays applied."""
    values: dict[str, dict[str, str]] = {}
    for folder in ("shared", "services", "trial"):
        (document,) = load(KUBERNETES / folder / "kustomization.yaml")
        for made in document.get("configMapGenerator", []):
            pairs = (literal.split("=", 1) for literal in made["literals"])
            values.setdefault(made["name"], {}).update(pairs)
    return values


def environment(pod: Document) -> dict[str, str]:
    """The variables of a pod's container; those from a Secret or the pod are empty."""
    only = container(pod)
    values = {each["name"]: each.get("value", "") for each in only.get("env", [])}
    for source in only.get("envFrom", []):
        if "configMapRef" in source:  # a Secret that need not exist gives none
            values |= literals()[source["configMapRef"]["name"]]
    return values


def secrets_used(pod: Document) -> set[str]:
    """Names of the Secrets that a pod reads."""
    only = container(pod)
    of_variables = {
        each["valueFrom"]["secretKeyRef"]["name"]
        for each in only.get("env", [])
        if "secretKeyRef" in each.get("valueFrom", {})
    }
    mounted = {each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each}
    return of_variables | mounted


def nginx_settings(ingress: Document) -> dict[str, str]:
    """What an Ingress sets of the NGINX ingress controller."""
    annotations: dict[str, str] = ingress["metadata"]["annotations"]
    prefix = "nginx.ingress.kubernetes.io/"
    return {name.removeprefix(prefix): value for name, value in annotations.items()}


def settings_of(service: str) -> type[ServiceSettings]:
    """The settings of a service."""
    found: type[ServiceSettings] = import_module(f"{entry_of(service).package}.settings").Settings
    return found


def composed() -> dict[str, Document]:
    """The containers of Compose by name: those of compose.yaml and of the file it includes."""
    (main,) = load(DEPLOY / "compose.yaml")
    (services,) = load(DEPLOY / "compose" / "services.yaml")
    assert main["include"] == ["compose/services.yaml"]
    assert main["services"].keys().isdisjoint(services["services"])
    return {**main["services"], **services["services"]}


def variables(settings: type[ServiceSettings]) -> Mapping[str, bool]:
    """The environment variables that settings read, and whether each must be there."""
    prefix = settings.model_config.get("env_prefix", "")
    return {
        name: field.is_required()
        for key, field in settings.model_fields.items()
        for name in _names(f"{prefix}{key}".upper(), field.validation_alias)
    }


def _names(usual: str, alias: Any) -> list[str]:
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [usual]
