"""How many processes a service has: by how far its readers are behind, or by its CPU."""

from collections.abc import Iterator, Sequence
from typing import Any

from libs.contracts.access import AUTOSCALER, WITHOUT_GROUP, group_of
from libs.contracts.topics import TOPICS, Topic
from services.registry import ServiceEntry
from tools.generate.dashboards import one_a_line

FILE = "deploy/kubernetes/scaling/scalers.yaml"
_RECORDS_BEHIND = 1_000  # for each process; the slowest reader handles 700 a second
_CPU_PERCENT = 70  # of what is reserved
# What goes again goes slowly: a partition that moves costs its reader a moment.
_SLOWLY = {
    "scaleDown": {
        "stabilizationWindowSeconds": 600,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
    }
}


def read_in_parallel(service: str) -> list[Topic]:
    """The topics whose partitions the processes of a service share."""
    return [
        topic
        for topic in TOPICS
        if service in topic.readers and service not in WITHOUT_GROUP and not topic.quiet
    ]


def most_processes(entry: ServiceEntry) -> int:
    """How many processes a service has at most; one without a partition would have no work."""
    partitions = [topic.partitions for topic in read_in_parallel(entry.name)]
    by_lag = min(max(partitions, default=0), entry.most_replicas or max(partitions, default=0))
    by_cpu = 0 if partitions else entry.most_replicas
    return max(entry.replicas, by_lag, by_cpu)


def scalers(registry: Sequence[ServiceEntry]) -> str:
    """The resources of a cluster's autoscalers, as YAML.

    Args:
        registry: every service.
    """
    return one_a_line("services/registry.py and the map of topics", _resources(registry))


def patches(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines that leave the number of processes to the autoscalers."""
    names = "|".join(entry.name for entry in registry if _is_scaled(entry))
    return [
        f"  - target: {{kind: Deployment|StatefulSet, name: {names}}}",
        '    patch: \'[{"op": "remove", "path": "/spec/replicas"}]\'',
    ]


def _is_scaled(entry: ServiceEntry) -> bool:
    return entry.production and most_processes(entry) > entry.replicas


def _resources(registry: Sequence[ServiceEntry]) -> Iterator[dict[str, Any]]:
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": AUTOSCALER},
        "data": {"username": AUTOSCALER},
    }
    yield {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {"name": "kafka"},
        "spec": {
            "configMapTargetRef": [
                {"parameter": "username", "name": AUTOSCALER, "key": "username"}
            ],
            "secretTargetRef": [
                {"parameter": "password", "name": f"kafka-user-{AUTOSCALER}", "key": "password"},
                {"parameter": "ca", "name": "kafka-cluster-ca-cert", "key": "ca.crt"},
            ],
        },
    }
    for entry in registry:
        if _is_scaled(entry):
            yield _by_lag(entry) if read_in_parallel(entry.name) else _by_cpu(entry)


def _by_lag(entry: ServiceEntry) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": entry.name},
        "spec": {
            "scaleTargetRef": {"kind": "StatefulSet", "name": entry.name},
            "minReplicaCount": entry.replicas,
            "maxReplicaCount": most_processes(entry),
            "pollingInterval": 15,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _SLOWLY}},
            "triggers": [
                {
                    "type": "kafka",
                    "metadata": {
                        "bootstrapServers": "kafka-kafka-bootstrap.nagorik:9093",
                        "consumerGroup": group_of(entry.name, topic),
                        "topic": topic.name,
                        "lagThreshold": str(_RECORDS_BEHIND),
                        "offsetResetPolicy": "earliest",
                        "sasl": "scram_sha512",
                        "tls": "enable",
                    },
                    "authenticationRef": {"name": "kafka"},
                }
                for topic in read_in_parallel(entry.name)
                if "<" not in topic.name and topic.partitions > 1
            ],
        },
    }


def _by_cpu(entry: ServiceEntry) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": _CPU_PERCENT}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": entry.name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": entry.name},
            "minReplicas": entry.replicas,
            "maxReplicas": most_processes(entry),
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": _SLOWLY,
        },
    }
