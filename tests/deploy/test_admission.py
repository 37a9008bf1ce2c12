"""The cluster refuses pods that break its rules: Pod Security, and images by digest."""

from typing import Any

import cel
import pytest

from tests.deploy.manifests import PLACES_OF_CONTAINERS, Document, named, pods

POLICY = named("ValidatingAdmissionPolicy", "images-by-digest")["spec"]
BY_TAG = "registry.example/nagorik/identity:0.1.0"
BY_DIGEST = f"registry.example/nagorik/identity@sha256:{'0' * 64}"


def _admitted(**containers: list[dict[str, str]]) -> bool:
    """Whether the policy admits a pod with these containers."""
    request: Any = {"object": {"spec": containers}}
    return all(cel.evaluate(each["expression"], request) for each in POLICY["validations"])


def _container(image: str) -> list[dict[str, str]]:
    return [{"name": "one", "image": image}]


def test_images_by_digest_are_admitted() -> None:
    """A pod may have containers of every sort, if each image is named by digest."""
    assert _admitted(containers=_container(BY_DIGEST))
    assert _admitted(**dict.fromkeys(PLACES_OF_CONTAINERS, _container(BY_DIGEST)))


@pytest.mark.parametrize("place", PLACES_OF_CONTAINERS)
@pytest.mark.parametrize(
    "image", [BY_TAG, "nagorik/identity", f"{BY_DIGEST}0", BY_TAG + "@sha256:0"]
)
def test_other_images_are_refused(place: str, image: str) -> None:
    """A tag, no tag, or half a digest is refused in each sort of container."""
    assert not _admitted(**{"containers": _container(BY_DIGEST), place: _container(image)})


def test_the_policy_denies() -> None:
    """The policy holds for our pods in our namespace, and refuses what breaks it."""
    binding = named("ValidatingAdmissionPolicyBinding", "images-by-digest")["spec"]
    namespace = named("Namespace", "nagorik")["metadata"]["name"]
    selected = binding["matchResources"]["namespaceSelector"]["matchLabels"]
    assert binding["policyName"] == "images-by-digest"
    assert binding["validationActions"] == ["Deny"]
    assert selected == {"kubernetes.io/metadata.name": namespace}
    assert POLICY["failurePolicy"] == "Fail"


def test_pod_security_is_enforced() -> None:
    """The namespace refuses pods that do not meet the level `restricted`."""
    labels = named("Namespace", "nagorik")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", pods())
def test_our_pods_meet_the_level(name: str) -> None:
    """What the level `restricted` of the Pod Security Standards asks of a pod."""
    pod: Document = pods()[name]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    kinds = {kind for volume in pod["volumes"] for kind in volume} - {"name"}
    assert kinds <= {"emptyDir", "secret", "configMap", "persistentVolumeClaim"}
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
