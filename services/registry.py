"""The registry of services: those of production, and the sandbox of the outside systems.

`make generate` derives image groups, Compose, Kubernetes manifests and README tables from it. The
supervisor and the command line read it at run time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a service.

    Args:
        setting: its setting; two services with the same setting share the secret.
        kubernetes_secret: the Kubernetes Secret that has it, under the key `secret`.
        purpose: its purpose, for a table.
        key_id: of its first key, if its value is a list of keys with ids; else empty.
    """

    setting: str
    kubernetes_secret: str
    purpose: str
    key_id: str = ""

    @property
    def prefix(self) -> str:
        """The beginning of its value on one machine, where all secrets derive from one."""
        before = f"{self.key_id}:" if self.key_id else ""
        return before + self.setting.removesuffix("_SECRET").lower()


@dataclass(frozen=True, slots=True)
class Opener:
    """The process beside each of a service that opens its files of strangers.

    Args:
        module: what it runs for a file.
        memory: limit of its memory, with the processes that it starts.
        cpu: limit of its CPU.
        scratch: size of its folder.
    """

    module: str
    memory: str
    cpu: str
    scratch: str


@dataclass(frozen=True, slots=True)
class Outside:
    """An outside system that a service connects to, as a network policy names it.

    Args:
        name: for people.
        networks: its addresses; examples here, each deployment has its own.
        ports: at which it is reached.
        private: those of the networks that are private; a service connects to no other private one.
    """

    name: str
    networks: tuple[str, ...]
    ports: tuple[int, ...] = (443,)
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service.

    Args:
        name: its name on the command line and in addresses; also of its Kafka user, its database
            and its database role.
        owns: what it owns, for the README.
        package: the Python package that has `main.build` and `settings.Settings`.
        production: whether it is deployed; otherwise it runs in the demo and in tests only.
        database: whether it has a PostgreSQL database of its own.
        kafka: whether it has a Kafka user.
        folder: whether it stores files; it gets the setting FOLDER.
        scratch: size of its folder for temporary files.
        memory: limit of one process with those that it starts.
        calls: services it sends requests to; it gets their addresses as <NAME>_URL.
        destinations: outside systems it sends requests to, by the setting with the address.
        outside: the networks and ports of those, and of others that have no such setting.
        addresses: settings with addresses of ours or of front ends, which `kubernetes/services`
            gives; on one machine <NAME>_URL is that of the service.
        public: whether requests from the internet reach it (`kubernetes/services/ingress.yaml`).
        published: port at which Compose publishes it.
        secrets: the secrets that its settings need.
        credentials: a Kubernetes Secret whose keys are settings; it need not exist.
        packages: Python packages that it needs in addition to those of the libraries.
        replicas: processes in production; the fewest where their number follows the load.
        most_replicas: the most: by CPU, or fewer than there are partitions to read; 0 for as many
            as there are partitions, or for `replicas` where there are none.
        knows_replicas: whether they share limits, and so have the setting PROCESSES.
        cpu: CPU that Kubernetes reserves for one process.
        on_one_machine: settings for the supervisor only.
        in_containers: settings for Compose only.
        opener: opens what strangers send it.
    """

    name: str
    owns: str
    package: str
    production: bool = True
    database: bool = True
    kafka: bool = True
    folder: bool = False
    scratch: str = "64Mi"
    memory: str = "512Mi"
    calls: tuple[str, ...] = ()
    destinations: Mapping[str, str] = field(default_factory=dict)
    outside: tuple[Outside, ...] = ()
    addresses: tuple[str, ...] = ()
    public: bool = False
    published: str = ""
    secrets: tuple[Secret, ...] = ()
    credentials: str = ""
    packages: tuple[str, ...] = ()
    replicas: int = 2
    most_replicas: int = 0
    knows_replicas: bool = False
    cpu: str = "200m"
    on_one_machine: Mapping[str, str] = field(default_factory=dict)
    in_containers: Mapping[str, str] = field(default_factory=dict)
    opener: Opener | None = None

    @property
    def addressed(self) -> tuple[str, ...]:
        """The services whose addresses it needs: to call them, or to tell others."""
        names = (
            address.removesuffix("_URL")
            for address in self.addresses
            if address.endswith("_URL") and address != "PUBLIC_URL"  # its own
        )
        return (*self.calls, *(name.lower() for name in names))


_MINISTRY_SECRET = Secret(
    "MINISTRY_SECRET",
    "ministries-signing",
    "from which each ministry's signing secret is derived; 32 characters at least",
)
_PAPERS_SECRET = Secret(
    "PAPERS_SECRET",
    "papers-signing",
    "from which the keys of links to papers, and of ministries that fetch them, are derived; "
    "32 characters at least",
)
_SMS_SECRET = Secret(
    "SMS_SECRET",
    "notifications-signing",
    "signs the SMS provider's delivery reports; 32 characters at least",
)

_DEVICE_SECRET = Secret(
    "DEVICE_SECRET",
    "centre-devices",
    "encrypts the key of a centre's device between desk and portal; 32 characters at least",
)

# People who integrate log in as these citizens with the code 000000, without reading an SMS.
_TEST_PHONES = tuple(f"+880170000000{number}" for number in range(1, 6))


# Where tools for front ends serve pages on a developer's machine.
_DEVELOPMENT_ORIGINS = ",".join(
    f"http://{host}:{port}"
    for host in ("localhost", "127.0.0.1")
    for port in (3000, 4200, 5173, 8000)
)


def _encryption(service: str) -> Secret:
    return Secret(
        "ENCRYPTION_SECRET",
        f"{service}-encryption",
        f"master keys of the personal data of {service}: `id:secret`, the newest first",
        key_id="1",
    )


# The demo follows its own citizens from the first click.
_ALL_TRACES_OF_CALLERS = {"TRACES_OF_CALLERS_PER_S": "inf"}

# The sandbox plays every ministry, and every process is of this release.
_ALL_ARE_PLAYED = {"ADAPTER_OF_BODIES": "hosted", "GRIEVANCES": "true"}

_BEHIND_THE_GATEWAY = (
    ServiceEntry(
        "identity",
        "citizens, one-time codes, sessions, keys, officers",
        "services.identity",
        secrets=(
            _encryption("identity"),
            Secret(
                "KEY_SECRET",
                "identity-key",
                "wraps signing keys and hashes codes; 32 characters at least",
            ),
        ),
        packages=(
            "argon2-cffi>=25.1",  # passwords
            "jinja2>=3.1",  # the pages on which people log in for other sites
            "pyotp>=2.10",  # one-time codes of an authenticator app, RFC 6238
            "webauthn>=3.0",  # passkeys, W3C Web Authentication Level 3
            "zxcvbn>=4.5",  # common and breached passwords
        ),
        addresses=("STAFF_ORIGIN", "OPENID_ISSUER"),
        on_one_machine={"TEST_PHONES": ",".join(_TEST_PHONES)},
    ),
    ServiceEntry(
        "catalogue",
        "81 public services, their forms, 67 bodies, the geography",
        "services.catalogue",
        calls=("identity",),
        on_one_machine=_ALL_ARE_PLAYED,
        in_containers=_ALL_ARE_PLAYED,
        packages=("rapidfuzz>=3.9",),
    ),
    ServiceEntry(
        "documents",
        "papers: uploads, each citizen's locker, signed receipts",
        "services.documents",
        folder=True,
        scratch="1Gi",
        most_replicas=4,  # each has 3 GiB with its opener
        calls=("identity", "issuance"),
        destinations={"S3_ENDPOINT": "The object store"},
        outside=(Outside("The object store", ("192.0.2.0/28",)),),
        public=True,
        secrets=(
            _encryption("documents"),
            Secret("KEY_SECRET", "documents-key", "signs receipts; 32 characters at least"),
            _PAPERS_SECRET,
        ),
        credentials="documents-store",
        packages=(
            "img2pdf>=0.6.3",  # photos as pages of a PDF, unchanged
            "obstore>=0.12",  # a folder or S3 by the same calls
            "pikepdf>=10.18",  # PDFs: checked, repaired, disarmed
            "pillow>=12.0",  # photos
            "pillow-heif>=1.1",  # HEIC, as phones take it
            "pypdfium2>=5.0",  # a picture of a PDF's first page
            "python-multipart>=0.0.20",  # forms with files, while they arrive
        ),
        cpu="500m",
        addresses=("GATEWAY_ORIGIN",),
        on_one_machine={"S3_ENDPOINT": ""},
        opener=Opener(
            "services.documents.processing.worker",
            memory="2304Mi",  # two files at once reach 2 x 974 MiB
            cpu="2",
            scratch="1Gi",
        ),
    ),
    ServiceEntry(
        "applications",
        "applications, their lifecycle, their timeline",
        "services.applications",
        calls=("identity", "documents"),
        secrets=(_encryption("applications"),),
        packages=("jsonschema-rs>=0.60",),
        addresses=("GATEWAY_ORIGIN",),
        replicas=3,
        cpu="500m",
    ),
    ServiceEntry(
        "ministries",
        "a delivery per submission, and decisions coming back",
        "services.ministries",
        calls=("identity",),
        addresses=("DOCUMENTS_URL",),
        destinations={"MINISTRIES_URL": "Ministries' systems"},
        outside=(
            Outside(
                "Systems of ministries: HTTPS, and files by SFTP", ("198.51.100.0/24",), (443, 22)
            ),
            Outside("Our mail server: mails to focal points", ("192.0.2.32/32",), (465, 587)),
            Outside(
                "Our own ingress by its public address: papers sent on to ministries with files",
                ("203.0.113.0/28",),
            ),
        ),
        public=True,
        secrets=(_encryption("ministries"), _MINISTRY_SECRET, _PAPERS_SECRET),
        credentials="ministries-credentials",
        knows_replicas=True,
        packages=(
            "asyncssh>=2.24",  # SFTP, for ministries that exchange files
            "openpyxl>=3.1",  # reads workbooks
            "xlsxwriter>=3.3",  # writes workbooks
            "zeep>=4.3",  # SOAP by a WSDL; with lxml
        ),
        on_one_machine={**_ALL_TRACES_OF_CALLERS, "PRIVATE_NETWORKS": "127.0.0.0/8,::1/128"},
        in_containers={"PRIVATE_NETWORKS": "172.31.213.0/24"},
        opener=Opener(
            "services.ministries.deliveries.adapters.sheet_worker",
            memory="384Mi",  # one workbook at a time, of 256 MiB
            cpu="1",
            scratch="64Mi",
        ),
    ),
    ServiceEntry(
        "notifications",
        "messages, templates, delivery reports",
        "services.notifications",
        calls=("identity",),
        destinations={"SMS_URL": "The SMS provider"},
        outside=(Outside("The SMS operator", ("192.0.2.16/28",)),),
        public=True,
        secrets=(_encryption("notifications"), _SMS_SECRET),
        on_one_machine=_ALL_TRACES_OF_CALLERS,
    ),
    ServiceEntry(
        "cases",
        "the cases of offices without a system of their own, step by step",
        "services.cases",
        calls=("identity",),
        outside=(
            Outside("Our mail server: overdue cases, to officials", ("192.0.2.32/32",), (465, 587)),
        ),
        secrets=(_encryption("cases"), _PAPERS_SECRET),
        credentials="cases-credentials",
    ),
    ServiceEntry(
        "programme",
        "facts about bodies, and what follows from them",
        "services.programme",
        calls=("identity",),
        outside=(
            Outside("Our mail server: reminders to officials", ("192.0.2.32/32",), (465, 587)),
        ),
        memory="256Mi",
        secrets=(_encryption("programme"),),
        credentials="programme-credentials",
    ),
    ServiceEntry(
        "issuance",
        "papers about decisions: their numbers, the keys that sign them, and whether they hold",
        "services.issuance",
        calls=("identity", "documents"),
        memory="1536Mi",  # 200 open downloads of ministries' PDFs, each of 5 MB, reach 1.2 GiB
        addresses=("PORTAL_ORIGIN", "GATEWAY_ORIGIN"),
        secrets=(
            _encryption("issuance"),
            Secret(
                "KEY_SECRET",
                "issuance-key",
                "from which the keys that sign papers are derived; 32 characters at least",
            ),
            _PAPERS_SECRET,
        ),
        credentials="issuance-credentials",
        packages=(
            "asn1crypto>=1.5",  # signatures in PDF, RFC 5652
            "typst>=0.15",  # draws papers: Bangla, PDF/A-3
            "zxing-cpp>=3.1",  # codes on paper, ISO/IEC 18004
        ),
        opener=Opener(
            "services.issuance.drawing.worker",
            memory="768Mi",  # two papers at once
            cpu="1",
            scratch="64Mi",
        ),
    ),
)


def _service_of_pages(
    name: str, owns: str, published: str, neighbour: str, packages: Sequence[str] = ()
) -> ServiceEntry:
    """A service of pages.

    Args:
        name: its name.
        owns: what it owns, for the README.
        published: port at which Compose publishes it.
        neighbour: the setting with the address of the other service of pages.
        packages: that it needs beside those of all pages.
    """
    return ServiceEntry(
        name,
        owns,
        f"services.{name}",
        database=False,
        kafka=False,
        calls=("gateway",),
        public=True,
        published=published,
        secrets=(
            Secret(
                "COOKIE_SECRET",
                f"{name}-cookies",
                f"encrypts the cookies of the {name}; 32 characters at least",
            ),
            _DEVICE_SECRET,
        ),
        packages=(
            "jinja2>=3.1",
            "markupsafe>=3.0",
            "python-multipart>=0.0.20",  # a field of a form with files, while they pass
            *packages,
        ),
        addresses=("PUBLIC_URL", "GATEWAY_ORIGIN", neighbour),
        most_replicas=6,
        on_one_machine=_ALL_TRACES_OF_CALLERS,
    )


# In the order in which an application passes through them.
REGISTRY = (
    _service_of_pages(
        "portal",
        "nothing: the citizen's pages, a client of the gateway",
        "${PORTAL_PORT:-8081}",
        neighbour="DESK_ORIGIN",
    ),
    _service_of_pages(
        "desk",
        "nothing: the pages of everybody who works, a client of the gateway",
        "${DESK_PORT:-8082}",
        neighbour="PORTAL_ORIGIN",
        packages=("segno>=1.6",),  # the address of an app as a code that a phone reads
    ),
    ServiceEntry(
        "gateway",
        "nothing: the only address for frontends",
        "services.gateway",
        database=False,
        calls=tuple(entry.name for entry in _BEHIND_THE_GATEWAY),
        public=True,
        published="${GATEWAY_PORT:-8080}",
        secrets=(
            Secret(
                "LIVE_SECRET",
                "gateway-live",
                "seals the addresses of live views; 32 characters at least",
            ),
        ),
        packages=("swagger-ui-bundle-v2>=5.31",),
        addresses=("CORS_ORIGINS",),
        replicas=3,
        most_replicas=9,
        cpu="500m",
        on_one_machine={
            "ADDRESS_RATE": "100000",
            "ADDRESS_BURST": "100000",
            "CORS_ORIGINS": _DEVELOPMENT_ORIGINS,
            **_ALL_TRACES_OF_CALLERS,
        },
        in_containers={"CORS_ORIGINS": _DEVELOPMENT_ORIGINS},
    ),
    *_BEHIND_THE_GATEWAY,
    ServiceEntry(
        "sandbox",
        "the outside world: ministries, SMS operator, registry; it injects faults on demand",
        "sandbox",
        production=False,
        database=False,
        kafka=False,
        folder=True,
        secrets=(_MINISTRY_SECRET, _SMS_SECRET),
        packages=("asyncssh>=2.24",),  # plays ministries that exchange files
    ),
)

# The service whose address, as people and programs see it, a setting in `addresses` has.
ORIGINS: Mapping[str, str] = {
    "OPENID_ISSUER": "gateway",
    "GATEWAY_ORIGIN": "gateway",
    "PORTAL_ORIGIN": "portal",
    "DESK_ORIGIN": "desk",
    "STAFF_ORIGIN": "desk",  # where staff log in
}
WITH_A_NAME = frozenset({"desk"})
"""Services that this machine reaches by a name: browsers make no passkey for an IP address."""

SERVICES = tuple(entry.name for entry in REGISTRY)
ON_KAFKA = tuple(entry.name for entry in REGISTRY if entry.kafka)
WITH_DATABASE = tuple(entry.name for entry in REGISTRY if entry.database)
OPENERS = {entry.name: f"{entry.name}-opener" for entry in REGISTRY if entry.opener}
"""Names of openers by service."""


def entry_of(name: str) -> ServiceEntry:
    """Return the service of a name.

    Raises:
        LookupError: there is no such service.
    """
    for entry in REGISTRY:
        if entry.name == name:
            return entry
    raise LookupError(f"{name!r} is no service")
