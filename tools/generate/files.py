"""The files that derive, completely or in a block, from other files.

Those are the registry, the map, the folders and docstrings of capabilities, the ASVS list,
dashboards, rules and runbooks.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from operations import kafka_users
from services.registry import REGISTRY, ServiceEntry
from tools.generate import compose, dashboards, kubernetes, outside, packages, readmes, scaling, way
from tools.generate.addresses import gateway_addresses
from tools.generate.asvs import asvs_summary
from tools.generate.blocks import NoBlock, with_block
from tools.generate.typescript import live_events

CHECKOUT = Path(__file__).resolve().parents[2]

Block = tuple[str, str, Sequence[str]]


def generated_files(
    checkout: Path = CHECKOUT, registry: Sequence[ServiceEntry] = REGISTRY
) -> dict[str, str]:
    """Return the text of every generated file, by its path in the checkout.

    Args:
        checkout: the top of the checkout; files with generated blocks are read from it.
        registry: every service.

    Raises:
        NoBlock: a file has no generated block.
        LookupError: a capability has no docstring, or names a decision that there is not.
        FileNotFoundError: a file with a generated block is missing.
    """
    files = {
        **dict(kubernetes.manifests(registry)),
        **dict(dashboards.watching(checkout, registry)),
        compose.FILE: compose.services_file(registry),
        scaling.FILE: scaling.scalers(registry),
        outside.FILE: outside.policies(registry),
        kafka_users.FILE: kafka_users.users_file(),
        way.FILE: way.drawing((checkout / "README.md").read_text(encoding="utf-8")),
    }
    for path, name, lines in _blocks(checkout, registry):
        text = files.get(path) or (checkout / path).read_text(encoding="utf-8")
        try:
            files[path] = with_block(text, name, lines)
        except NoBlock as failure:
            raise NoBlock(f"{path}: {failure}") from None
    return files


def out_of_date(checkout: Path = CHECKOUT) -> list[str]:
    """Return the paths of the generated files that are out of date."""
    return [
        path for path, text in generated_files(checkout).items() if _read(checkout / path) != text
    ]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _blocks(checkout: Path, registry: Sequence[ServiceEntry]) -> Iterator[Block]:
    kustomization = "deploy/kubernetes/services/kustomization.yaml"
    yield "pyproject.toml", "services", packages.dependency_groups(registry)
    yield "deploy/Dockerfile", "services", packages.listening(registry)
    yield "deploy/compose/databases.sh", "services", compose.databases(registry)
    yield "deploy/compose/prometheus.yaml", "services", compose.scrape_targets(registry)
    yield kustomization, "services", kubernetes.resources(registry)
    yield kustomization, "private", outside.private_networks(registry)
    yield "deploy/kubernetes/scaling/kustomization.yaml", "scaled", scaling.patches(registry)
    yield kustomization, "images", kubernetes.images(registry)
    yield "deploy/README.md", "images", readmes.image_commands(registry)
    yield "deploy/README.md", "secrets", readmes.secrets_section(registry)
    yield "README.md", "services", readmes.services_table(registry)
    yield "services/gateway/settings.py", "addresses", gateway_addresses(registry)
    yield "clients/typescript/src/index.ts", "events", live_events()
    yield "docs/security.md", "asvs", asvs_summary(checkout)
    for entry in registry:
        readme = f"{entry.package.replace('.', '/')}/README.md"
        yield readme, "map", readmes.topics_table(entry.name)
        if entry.production:
            yield readme, "capabilities", readmes.capabilities_table(checkout, entry.package)
