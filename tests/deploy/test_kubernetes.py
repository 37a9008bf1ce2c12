"""The manifests against the services that they run."""

from collections import Counter, defaultdict
from ipaddress import ip_network

import pytest
import yaml

from libs.contracts.access import group_of
from libs.contracts.topics import READING_SERVICES, topics_by_name
from services.registry import OPENERS, REGISTRY, SERVICES, WITH_DATABASE, ServiceEntry, entry_of
from tests.deploy.manifests import (
    DEPLOY,
    KUBERNETES,
    OF_THE_CLIENT,
    Document,
    container,
    environment,
    load,
    manifests,
    named,
    nginx_settings,
    of_kind,
    pods,
    secrets_used,
    settings_of,
    variables,
)
from tools.generate.scaling import most_processes, read_in_parallel

PODS = pods()
_MADE_BY_OPERATORS = {"kafka-cluster-ca-cert", "postgres-ca"} | {
    certificate["spec"]["secretName"] for certificate in of_kind("Certificate")
}
_PRE_STOP_S = 5


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_there(service: str) -> None:
    """A service has a workload, an address, a disruption budget and a network policy."""
    kinds = {doc["kind"] for _, doc in manifests() if doc["metadata"]["name"] == service}
    assert kinds >= {"Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert len(kinds & {"Deployment", "StatefulSet"}) == 1
    assert container(PODS[service])["args"] == [service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_settings_and_no_others(service: str) -> None:
    """Every variable of a service's pod is one of its settings, and none needed is missing."""
    given, known = environment(PODS[service]), variables(settings_of(service))
    assert set(given) - OF_THE_CLIENT <= set(known)
    assert {name for name, required in known.items() if required} <= set(given)


@pytest.mark.parametrize("service", SERVICES)
def test_values_are_valid(service: str) -> None:
    """The service's settings accept every literal value of a pod."""
    settings, values = settings_of(service), environment(PODS[service])
    prefix = settings.model_config.get("env_prefix", "")
    plain = {
        name.removeprefix(prefix).lower(): value
        for name, value in values.items()
        if value and name.startswith(prefix)
    }
    secrets = {
        "ministry_secret": "s" * 32,
        "papers_secret": "s" * 32,
        "sms_secret": "s" * 32,
        "key_secret": "s" * 32,
        "cookie_secret": "s" * 32,
        "device_secret": "s" * 32,
        "live_secret": "s" * 32,
        "encryption_secret": "1:" + "s" * 44,
    }
    given = {key: value for key, value in secrets.items() if key in settings.model_fields}
    assert settings.model_validate(given | plain)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_the_addresses_that_clients_see(service: str) -> None:
    """Their defaults are those of one machine: proofs of devices and codes on papers fail there."""
    origins = {
        name for name in variables(settings_of(service)) if name.endswith(("_ORIGIN", "_ISSUER"))
    }
    assert origins <= environment(PODS[service]).keys()


@pytest.mark.parametrize("service", SERVICES)
def test_the_name_of_a_replica_is_its_pods(service: str) -> None:
    """A replica is named after its pod."""
    (replica,) = [
        each
        for each in container(PODS[service])["env"]
        if each["name"] == f"{service.upper()}_REPLICA"
    ]
    assert replica["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "sandbox"])
def test_services_speak_tls_with_each_other(service: str) -> None:
    """A service has a certificate for its name, calls others over HTTPS, and is asked over it."""
    values, certificate = environment(PODS[service]), named("Certificate", service)["spec"]
    mounts = {each["name"]: each["mountPath"] for each in container(PODS[service])["volumeMounts"]}
    secrets = {each["name"]: each.get("secret", {}) for each in PODS[service]["volumes"]}
    assert service in certificate["dnsNames"]
    assert certificate["usages"] == ["server auth", "client auth"]
    assert secrets["tls"]["secretName"] == certificate["secretName"]
    assert values["NAGORIK_TLS_FOLDER"] == mounts["tls"]
    calls = [url for name, url in values.items() if name.endswith("_URL") and url.endswith(":8080")]
    assert [url for url in calls if not url.startswith("https://")] in ([], ["http://sandbox:8080"])
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container(PODS[service])[probe]["httpGet"]["scheme"] == "HTTPS"


def test_the_authority_outlives_what_it_signs() -> None:
    """A service keeps the authority's certificate for as long as its own, also over a renewal."""
    authority = named("Certificate", "authority")["spec"]
    signed = [
        document["spec"]
        for document in of_kind("Certificate")
        if document["spec"]["issuerRef"]["name"] == "services"
    ]
    assert signed
    longest_h = max(int(spec.get("duration", "2160h").removesuffix("h")) for spec in signed)
    assert int(authority["renewBefore"].removesuffix("h")) > longest_h
    assert authority["privateKey"]["rotationPolicy"] == "Never"


@pytest.mark.parametrize("ingress", of_kind("Ingress"), ids=lambda each: each["metadata"]["name"])
def test_the_ingress_and_its_services_know_each_other(ingress: Document) -> None:
    """It shows a certificate of the services' authority, and checks theirs for the one service."""
    settings, secret = (
        nginx_settings(ingress),
        named("Certificate", "ingress")["spec"]["secretName"],
    )
    paths = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    (service,) = {path["backend"]["service"]["name"] for path in paths}
    assert settings["backend-protocol"] == "HTTPS"
    assert settings["proxy-ssl-secret"] == f"nagorik/{secret}"
    assert (settings["proxy-ssl-verify"], settings["proxy-ssl-name"]) == ("on", service)


@pytest.mark.parametrize("ingress", of_kind("Ingress"), ids=lambda each: each["metadata"]["name"])
def test_the_ingress_does_not_redirect(ingress: Document) -> None:
    """A request over HTTP reaches the service, which refuses it; only a person is sent to HTTPS."""
    is_for_people = ingress["metadata"]["name"] in {"portal", "desk"}
    assert nginx_settings(ingress).get("ssl-redirect") == (None if is_for_people else "false")
    assert ingress["spec"]["tls"]


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "sandbox"])
def test_traces_go_over_tls(service: str) -> None:
    """A service checks the collector's certificate with the authority of its Secret."""
    values, inside = environment(PODS[service]), container(PODS[service])
    mounts = {each["mountPath"]: each["name"] for each in inside["volumeMounts"]}
    secrets = {each["name"]: each.get("secret", {}) for each in PODS[service]["volumes"]}
    folder, _, file = values["NAGORIK_OTLP_CA_FILE"].rpartition("/")
    secret = secrets[mounts[folder]]
    assert values["NAGORIK_OTLP_ENDPOINT"].startswith("https://")
    assert (secret["secretName"], secret["items"][0]["path"]) == ("otel-collector-ca", file)


@pytest.mark.parametrize("service", READING_SERVICES)
def test_members_of_groups_keep_their_names(service: str) -> None:
    """A consuming service is a StatefulSet, so that members have stable names."""
    assert named("StatefulSet", service)["spec"]["podManagementPolicy"] == "Parallel"


@pytest.mark.parametrize("name", PODS)
def test_pods_have_few_rights(name: str) -> None:
    """No pod of ours is root, writes to its image, keeps a capability or a token of the cluster."""
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for each in (*pod["containers"], *pod.get("initContainers", ())):
        inside = each["securityContext"]
        assert inside["readOnlyRootFilesystem"] is True
        assert inside["allowPrivilegeEscalation"] is False
        assert inside["capabilities"] == {"drop": ["ALL"]}
        assert each["resources"]["limits"]["memory"]


@pytest.mark.parametrize("service", OPENERS)
def test_an_opener_has_nothing_to_steal(service: str) -> None:
    """It runs beside the service: another user, no variable, no Secret, own files and the socket.

    The service's user, and nobody else, may connect to it, where the service looks for it.
    """
    pod, inside = PODS[service], container(PODS[service])
    (opener,) = pod["initContainers"]
    users = [pod["securityContext"]["runAsUser"], opener["securityContext"]["runAsUser"]]
    volumes = {each["name"]: each for each in pod["volumes"]}
    socket = environment(pod)[f"{service.upper()}_OPENER"]
    places = {each["name"]: each["mountPath"] for each in opener["volumeMounts"]}
    shared = places.keys() & {each["name"] for each in inside["volumeMounts"]}
    assert opener["restartPolicy"] == "Always"
    assert not {"env", "envFrom", "ports"} & opener.keys()
    assert len({*users, 0}) == 3
    assert opener["args"][:3] == ["opener", service, socket]
    assert opener["args"][4] == str(users[0])
    assert opener["image"] == inside["image"]
    assert set(opener["resources"]["limits"]) == {"cpu", "memory"}
    assert socket in opener["livenessProbe"]["exec"]["command"][-1]
    assert all("emptyDir" in volumes[name] for name in places)
    assert {f"{places[name]}/socket" for name in shared} == {socket}


@pytest.mark.parametrize("service", SERVICES)
def test_an_outage_of_the_broker_stops_no_traffic(service: str) -> None:
    """After its start, a pod gets traffic for as long as its process is live."""
    inside = container(PODS[service])
    assert inside["startupProbe"]["httpGet"]["path"] == "/health/ready"
    assert inside["readinessProbe"]["httpGet"]["path"] == "/health/live"
    assert inside["livenessProbe"]["httpGet"]["path"] == "/health/live"


@pytest.mark.parametrize("service", SERVICES)
def test_draining_is_not_cut_short(service: str) -> None:
    """The grace period is longer than draining and the pause before it."""
    drain_s = settings_of(service).model_fields["drain_s"].default
    assert PODS[service]["terminationGracePeriodSeconds"] > _PRE_STOP_S + 2 * drain_s


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_service_enters_its_own_database(service: str) -> None:
    """A service, its operators' Deployment and its migration log in as the roles made for them."""
    role, owner = named("DatabaseRole", service), named("DatabaseRole", f"{service}-owner")
    assert role["spec"]["name"] == service
    assert owner["spec"]["inRoles"] == [service]  # pg_hba: samerole
    for pod, login in (
        (service, role),
        (f"operate-{service}", role),
        (f"migrate-{service}", owner),
    ):
        values, name = environment(PODS[pod]), login["spec"]["name"]
        assert values[f"{service.upper()}_DSN"].startswith(
            f"postgresql://{name}@postgres-rw:5432/{service}?sslmode=verify-full"
        )
        assert login["spec"]["passwordSecret"]["name"] in secrets_used(PODS[pod])
        assert set(values) - OF_THE_CLIENT <= set(variables(settings_of(service)))


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_service_does_not_own_its_database(service: str) -> None:
    """Tables belong to the role of the migrations, of which the service is no member."""
    owner = named("Database", service)["spec"]["owner"]
    assert owner == named("DatabaseRole", f"{service}-owner")["spec"]["name"]
    assert "inRoles" not in named("DatabaseRole", service)["spec"]


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_migration_has_what_the_settings_need(service: str) -> None:
    """`migrate` reads the service's settings, so its Job has all that these require."""
    job = PODS[f"migrate-{service}"]
    assert container(job)["args"] == ["migrate", service]
    required = {name for name, needed in variables(settings_of(service)).items() if needed}
    assert required <= set(environment(job))


def test_topics_have_three_replicas() -> None:
    """As many as there are brokers; Strimzi makes the users."""
    job, pools = PODS["topics"], of_kind("KafkaNodePool")
    brokers = sum(p["spec"]["replicas"] for p in pools if "broker" in p["spec"]["roles"])
    assert container(job)["args"] == ["topics", "apply", "--replicas", "3", "--no-access"]
    assert brokers == 3


def test_acknowledged_means_kept() -> None:
    """A record or commit needs two replicas, and an out-of-sync one is never elected."""
    config = named("Kafka", "kafka")["spec"]["kafka"]["config"]
    assert config["min.insync.replicas"] == 2
    assert config["default.replication.factor"] == 3
    assert config["unclean.leader.election.enable"] is False
    assert config["auto.create.topics.enable"] is False
    postgres = named("Cluster", "postgres")["spec"]
    assert postgres["instances"] == 3
    assert postgres["postgresql"]["synchronous"]["dataDurability"] == "required"


def test_backups_are_encrypted() -> None:
    """Of the nightly backup and of the log of changes, which the cluster archives all the time."""
    store, cluster = named("ObjectStore", "postgres"), named("Cluster", "postgres")
    configuration = store["spec"]["configuration"]
    assert {configuration[part]["encryption"] for part in ("data", "wal")} <= {"AES256", "aws:kms"}
    (plugin,) = cluster["spec"]["plugins"]
    assert plugin["isWALArchiver"]
    assert plugin["parameters"]["barmanObjectName"] == store["metadata"]["name"]
    nightly = named("ScheduledBackup", "postgres")["spec"]
    assert nightly["pluginConfiguration"]["name"] == plugin["name"]
    assert nightly["cluster"]["name"] == cluster["metadata"]["name"]


def test_connections_suffice() -> None:
    """All processes at their most, and one more of each in a release: three quarters are enough."""
    most = int(named("Cluster", "postgres")["spec"]["postgresql"]["parameters"]["max_connections"])
    wanted = sum(
        (most_processes(entry_of(name)) + (name not in READING_SERVICES))
        * (settings_of(name).model_fields["database_connections"].default + 2)
        for name in WITH_DATABASE
    )
    assert wanted < most * 3 / 4


@pytest.mark.parametrize("entry", [each for each in REGISTRY if each.production])
def test_processes_follow_the_load_up_to_the_partitions(entry: ServiceEntry) -> None:
    """By lag where records are shared among them, else by CPU; never fewer than without it."""
    scalers = {
        document["metadata"]["name"]: document["spec"]
        for document in of_kind("ScaledObject", "HorizontalPodAutoscaler")
    }
    partitions = [topic.partitions for topic in read_in_parallel(entry.name)]
    spec = scalers.get(entry.name)
    if spec is None:
        assert max(partitions, default=0) <= entry.replicas
        return
    most = spec.get("maxReplicaCount", spec.get("maxReplicas"))
    assert entry.replicas < most <= max(partitions, default=most)
    assert spec.get("minReplicaCount", spec.get("minReplicas")) == entry.replicas
    for trigger in spec.get("triggers", []):
        topic = topics_by_name()[trigger["metadata"]["topic"]]
        assert trigger["metadata"]["consumerGroup"] == group_of(entry.name, topic)
        assert entry.name in topic.readers
    (folder,) = load(KUBERNETES / "scaling" / "kustomization.yaml")
    assert entry.name in folder["patches"][0]["target"]["name"].split("|")


def test_processes_stand_in_several_zones() -> None:
    """And on several nodes; those of Kafka must, of others as far as there is room."""
    asked = [
        pod["topologySpreadConstraints"]
        for name, pod in PODS.items()
        if name in SERVICES and entry_of(name).production
    ]
    asked += [
        pool["spec"]["template"]["pod"]["topologySpreadConstraints"]
        for pool in of_kind("KafkaNodePool")
    ]
    asked.append(
        named("Cluster", "postgres")["spec"]["affinity"]
        and named("Cluster", "postgres")["spec"]["topologySpreadConstraints"]
    )
    for constraints in asked:
        assert "topology.kubernetes.io/zone" in {each["topologyKey"] for each in constraints}


def test_secrets_are_named_and_not_held() -> None:
    """No file has a Secret; an operator makes it, or the README lists it."""
    assert of_kind("Secret") == []
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    used = set().union(*(secrets_used(pod) for pod in PODS.values())) - _MADE_BY_OPERATORS
    kafka_users = {f"kafka-user-{user['metadata']['name']}" for user in of_kind("KafkaUser")}
    assert {name for name in used - kafka_users if f"`{name}`" not in readme} == set()


@pytest.mark.parametrize(
    "folder", ["shared", "stores", "steps", "services", "trial", "monitoring", "scaling"]
)
def test_kustomizations_name_every_file(folder: str) -> None:
    """A file that no kustomization names would never be applied."""
    (document,) = load(KUBERNETES / folder / "kustomization.yaml")
    files = {path.name for path in (KUBERNETES / folder).glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in document.get("resources", []) if not name.startswith("..")} == files


def test_a_trial_has_what_compose_sets_for_the_catalogue() -> None:
    """Otherwise what is tried there, such as a grievance, is not what runs in containers."""
    (trial,) = load(KUBERNETES / "trial" / "kustomization.yaml")
    (patch,) = [each for each in trial["patches"] if each["target"]["name"] == "catalogue"]
    added = [each["value"] for each in yaml.safe_load(patch["patch"])]
    assert {each["name"]: each["value"] for each in added} == {
        f"CATALOGUE_{name}": value for name, value in entry_of("catalogue").in_containers.items()
    }


def test_papers_in_the_folder_of_a_pod_have_one_pod() -> None:
    """A trial has no bucket, and a replica cannot read the folder of another."""
    (trial,) = load(KUBERNETES / "trial" / "kustomization.yaml")
    replicas = {each["name"]: each["count"] for each in trial.get("replicas", [])}
    values = environment(PODS["documents"])
    folder = values["DOCUMENTS_FOLDER"]
    (mount,) = [
        each["name"]
        for each in container(PODS["documents"])["volumeMounts"]
        if folder.startswith(f"{each['mountPath']}/")
    ]
    (volume,) = [each for each in PODS["documents"]["volumes"] if each["name"] == mount]
    assert values["DOCUMENTS_S3_BUCKET"] == ""
    assert "emptyDir" in volume
    assert replicas["documents"] == 1


def test_every_image_has_a_tag() -> None:
    """The images that pods run are those that the kustomizations give a tag."""
    tagged = {
        image["name"]
        for folder in ("steps", "services", "trial")
        for image in load(KUBERNETES / folder / "kustomization.yaml")[0]["images"]
    }
    assert {container(pod)["image"] for pod in PODS.values()} == tagged


def test_names_are_used_once() -> None:
    """No two resources of one kind have one name."""
    names = Counter((doc["kind"], doc["metadata"]["name"]) for _, doc in manifests())
    assert [name for name, times in names.items() if times > 1] == []


# Who shares a Secret; every other one is of one service.
_SHARED_SECRETS = {
    "centre-devices": {"desk", "portal"},
    "ministries-signing": {"ministries", "sandbox"},
    "papers-signing": {"cases", "documents", "issuance", "ministries"},
    "notifications-signing": {"notifications", "sandbox"},
}


def test_a_secret_is_for_those_who_need_it() -> None:
    """One service has it, with its migration and its operators; a shared one has named services."""
    holders = defaultdict(set)
    for pod in PODS:
        for name in secrets_used(PODS[pod]) - _MADE_BY_OPERATORS - {"otel-collector-ca"}:
            holders[name].add(pod.removeprefix("migrate-").removeprefix("operate-"))
    wrong = {
        name: services
        for name, services in holders.items()
        if services != _SHARED_SECRETS.get(name, services) or len(services) > 1
    }
    assert wrong == _SHARED_SECRETS


@pytest.mark.parametrize("service", SERVICES)
def test_what_goes_outside_names_its_party(service: str) -> None:
    """Only to small networks that an operator lists, on the ports of that party."""
    opened = [
        (ip_network(to["ipBlock"]["cidr"]), port["port"])
        for policy in of_kind("NetworkPolicy")
        if service in _selected(policy)
        for rule in policy["spec"].get("egress", [])
        for to in rule.get("to", [{"ipBlock": {"cidr": "0.0.0.0/0"}}])  # none is everybody
        if "ipBlock" in to
        for port in rule["ports"]
    ]
    wanted = {
        (ip_network(network), port)
        for party in entry_of(service).outside
        for network in party.networks
        for port in party.ports
    }
    assert {*opened} == wanted
    assert all(network.num_addresses <= 2**16 for network, _ in opened)
    assert bool(opened) == bool(entry_of(service).production and entry_of(service).outside)


def _selected(policy: Document) -> set[str]:
    labels = policy["spec"]["podSelector"].get("matchLabels", {})
    return {
        each["metadata"]["name"]
        for each in of_kind("Deployment", "StatefulSet", "Job")
        if labels.items() <= each["spec"]["template"]["metadata"]["labels"].items()
    }


def test_network_policies_deny_by_default() -> None:
    """One policy denies all traffic; the others allow named connections."""
    policy = named("NetworkPolicy", "nothing-else")
    assert _selected(policy) == set(PODS)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy["spec"]
    assert "egress" not in policy["spec"]
