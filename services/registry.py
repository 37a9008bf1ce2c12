"""Every service once: what runs in production, and the sandbox that stands in for the outside."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service.

    Args:
        name: its name, on the command line and in every address.
        package: the Python package that has `main.build` and `settings.Settings`.
        database: whether it has a PostgreSQL database of its own.
        kafka: whether it has a Kafka user.
    """

    name: str
    package: str
    database: bool = True
    kafka: bool = True


# In the order of a citizen's way through the system.
REGISTRY = (
    ServiceEntry("gateway", "services.gateway", database=False),
    ServiceEntry("identity", "services.identity"),
    ServiceEntry("catalogue", "services.catalogue"),
    ServiceEntry("applications", "services.applications"),
    ServiceEntry("ministries", "services.ministries"),
    ServiceEntry("notifications", "services.notifications"),
    ServiceEntry("sandbox", "sandbox", database=False, kafka=False),
)

SERVICES = tuple(entry.name for entry in REGISTRY)
ON_KAFKA = tuple(entry.name for entry in REGISTRY if entry.kafka)
WITH_DATABASE = tuple(entry.name for entry in REGISTRY if entry.database)


def entry_of(name: str) -> ServiceEntry:
    """The service of a name.

    Raises:
        LookupError: there is none.
    """
    for entry in REGISTRY:
        if entry.name == name:
            return entry
    raise LookupError(f"{name!r} is no service")
