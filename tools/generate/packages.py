"""Which packages each image installs: the dependency groups of pyproject.toml, and the ports."""

from collections.abc import Iterator, Sequence

from services.registry import ServiceEntry

_OF_OPERATORS = ("kafka-python>=3.0.12",)  # users, rights and settings of topics


def dependency_groups(registry: Sequence[ServiceEntry]) -> list[str]:
    """A group for each service with an image, and the group of the operators' image.

    Args:
        registry: every service.
    """
    return list(_groups([entry for entry in registry if entry.production]))


def listening(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines of the Dockerfile that make every service listen on port 8080 of all addresses."""
    return [
        f"ENV {entry.name.upper()}_HOST=0.0.0.0 {entry.name.upper()}_PORT=8080"
        for entry in registry
    ]


def _groups(deployed: Sequence[ServiceEntry]) -> Iterator[str]:
    for entry in deployed:
        packages = ", ".join(f'"{package}"' for package in entry.packages)
        yield f"{entry.name} = [{packages}]"
    yield "operators = ["
    for entry in deployed:
        yield f'  {{ include-group = "{entry.name}" }},'
    for package in _OF_OPERATORS:
        yield f'  "{package}",'
    yield "]"
