"""Every service once: what runs in production, and the sandbox that stands in for the outside.

`make generate` derives from it: image groups, Compose, Kubernetes manifests, import contracts and
README tables. The supervisor and the command line read it when they run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a service.

    Args:
        setting: the setting it is given in; two services with the same setting share the secret.
        kept_in: the Kubernetes Secret that holds it, under the key `secret`.
        purpose: what it is for, as a table says it.
    """

    setting: str
    kept_in: str
    purpose: str

    @property
    def prefix(self) -> str:
        """What its value begins with on one machine, where all secrets derive from one."""
        return self.setting.removesuffix("_SECRET").lower()


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service.

    Args:
        name: its name, on the command line and in every address; also its Kafka user, its database
            and its database role.
        owns: what it owns, as the README says it.
        package: the Python package that has `main.build` and `settings.Settings`.
        production: whether it is deployed; otherwise it runs in trials only.
        database: whether it has a PostgreSQL database of its own.
        kafka: whether it has a Kafka user.
        folder: whether it keeps files; it is given the setting FOLDER.
        calls: services it sends requests to; it is given their addresses as <NAME>_URL.
        destinations: outside systems it sends requests to, by the setting that holds the address.
        public: whether requests from the internet reach it (`kubernetes/services/ingress.yaml`).
        published: port at which Compose publishes it.
        secrets: the secrets that its settings need.
        packages: Python packages that it needs beside those of the libraries.
        replicas: processes in production.
        cpu: CPU that Kubernetes reserves for each of them.
        on_one_machine: settings that hold only where the supervisor runs everything.
        in_compose: settings that hold only in Compose.
        in_cluster: settings that hold only on Kubernetes.
    """

    name: str
    owns: str
    package: str
    production: bool = True
    database: bool = True
    kafka: bool = True
    folder: bool = False
    calls: tuple[str, ...] = ()
    destinations: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    published: str = ""
    secrets: tuple[Secret, ...] = ()
    packages: tuple[str, ...] = ()
    replicas: int = 2
    cpu: str = "200m"
    on_one_machine: Mapping[str, str] = field(default_factory=dict)
    in_compose: Mapping[str, str] = field(default_factory=dict)
    in_cluster: Mapping[str, str] = field(default_factory=dict)


_TOKENS = "joserfc>=1.8"
_PHONE_NUMBERS = "phonenumbers>=9.0"

_MINISTRY_SECRET = Secret(
    "MINISTRY_SECRET",
    "ministries-signing",
    "from which each ministry's signing secret is derived",
)
_SMS_SECRET = Secret(
    "SMS_SECRET", "notifications-signing", "signs the SMS provider's delivery reports"
)

_BEHIND_THE_GATEWAY = (
    ServiceEntry(
        "identity",
        "citizens, one-time codes, sessions, keys, officers",
        "services.identity",
        secrets=(
            Secret(
                "KEY_SECRET",
                "identity-key",
                "wraps signing keys and hashes codes; 32 characters at least",
            ),
        ),
        packages=("argon2-cffi>=25.1", _TOKENS, _PHONE_NUMBERS),
        on_one_machine={"CODES_PER_ADDRESS": "0"},  # all citizens of a machine share one address
        in_compose={"TRUSTED_PROXIES": "172.16.0.0/12,192.168.0.0/16,10.0.0.0/8"},
        in_cluster={"TRUSTED_PROXIES": "10.0.0.0/8"},  # the network of the pods
    ),
    ServiceEntry(
        "catalogue",
        "81 public services, their forms, 67 bodies, the geography",
        "services.catalogue",
        packages=("rapidfuzz>=3.9",),
    ),
    ServiceEntry(
        "applications",
        "applications, their lifecycle, their timeline",
        "services.applications",
        calls=("identity",),
        packages=(_TOKENS, "jsonschema-rs>=0.60", "holidays>=0.109"),
        replicas=3,
        cpu="500m",
    ),
    ServiceEntry(
        "ministries",
        "a delivery per submission, and decisions coming back",
        "services.ministries",
        calls=("identity",),
        destinations={"MINISTRIES_URL": "Ministries' systems"},
        public=True,
        secrets=(_MINISTRY_SECRET,),
        packages=(_TOKENS,),
    ),
    ServiceEntry(
        "notifications",
        "messages, templates, delivery reports",
        "services.notifications",
        calls=("identity",),
        destinations={"SMS_URL": "The SMS provider"},
        public=True,
        secrets=(_SMS_SECRET,),
        packages=(_TOKENS, _PHONE_NUMBERS),
    ),
)

# In the order of a citizen's way through the system.
REGISTRY = (
    ServiceEntry(
        "gateway",
        "nothing: the only address for frontends",
        "services.gateway",
        database=False,
        calls=tuple(entry.name for entry in _BEHIND_THE_GATEWAY),
        public=True,
        published="${GATEWAY_PORT:-8080}",
        packages=(_TOKENS, "swagger-ui-bundle-v2>=5.31"),
        replicas=3,
        cpu="500m",
        on_one_machine={"ADDRESS_RATE": "100000", "ADDRESS_BURST": "100000"},
        in_cluster={"PROXIES_BEFORE": "1"},
    ),
    *_BEHIND_THE_GATEWAY,
    ServiceEntry(
        "sandbox",
        "the outside world: ministries, SMS operator, registry; it misbehaves on demand",
        "sandbox",
        production=False,
        database=False,
        kafka=False,
        folder=True,
        secrets=(_MINISTRY_SECRET, _SMS_SECRET),
    ),
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
