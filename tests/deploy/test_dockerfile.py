"""The images; tests/alone shows that each service starts with its content."""

import itertools
import re
import tomllib

import pytest

from services.registry import REGISTRY, SERVICES
from tests.alone.images import copied, instructions, packages_command
from tests.deploy.manifests import CHECKOUT, DEPLOY, container, pods, settings_of, variables

DEPLOYED = [entry.name for entry in REGISTRY if entry.production]
GROUPS = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))[
    "dependency-groups"
]


def _groups(command: list[str]) -> list[str]:
    return [word for before, word in itertools.pairwise(command) if before == "--group"]


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_service_gets_its_own_group(service: str) -> None:
    """A service's image has the packages of its own group and of no other."""
    command = packages_command("service-packages", service)
    assert _groups(command) == [service]
    assert "--frozen" in command
    assert "--no-default-groups" in command
    assert service in GROUPS


def test_operators_get_the_packages_of_all_services_and_no_others() -> None:
    """Replays run the services' handlers; tools of development and tests are not needed."""
    assert _groups(packages_command("operators-packages")) == ["operators"]
    included = [group for group in GROUPS["operators"] if isinstance(group, dict)]
    assert {group["include-group"] for group in included} == set(DEPLOYED)


def test_no_image_of_production_has_what_is_for_trials() -> None:
    """Neither the sandbox nor the load test nor the embedded stores are in one of them."""
    sources = {source for sources, _ in copied("operators") for source in sources}
    assert sources == {"libs", "services", "operations"}
    used = {container(pod)["image"] for name, pod in pods().items() if name != "sandbox"}
    assert used == {f"nagorik/{name}" for name in (*DEPLOYED, "operators")}


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_service_gets_no_other_services_code(service: str) -> None:
    """The image has the libraries, the service's folder and the entry point."""
    sources = {source for sources, _ in copied("service", service) for source in sources}
    assert sources == {"libs", "services/*.py", f"services/{service}"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_the_manifests_say(service: str) -> None:
    """Its settings have the variables for address and port."""
    known = variables(settings_of(service))
    assert {f"{service.upper()}_HOST", f"{service.upper()}_PORT"} <= set(known)


@pytest.mark.parametrize("stage", ["service", "operators", "sandbox"])
def test_nobody_is_root(stage: str) -> None:
    """Containers run as a user without rights."""
    assert ["USER", "10001:10001"] in instructions(stage)


def test_images_have_a_health_check() -> None:
    """It checks liveness, which does not depend on the broker."""
    (check,) = [words for words in instructions("service") if words[0] == "HEALTHCHECK"]
    assert "/health/live" in " ".join(check)


def test_images_hold_what_they_name() -> None:
    """Other files of the checkout are not in the build context."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    sources = {
        re.split(r"[/*]", source)[0]
        for stage in ("packages", "service", "operators", "sandbox")
        for names, _ in copied(stage, "gateway")
        for source in names
    }
    assert "*" in lines
    assert kept == sources


def test_one_version_of_the_installer() -> None:
    """The images install packages with the same version of uv as a checkout."""
    (of_images,) = re.findall(r"^ARG UV_VERSION=(.+)$", _text("deploy/Dockerfile"), re.MULTILINE)
    (of_checkout,) = re.findall(r"^UV_VERSION := (.+)$", _text("Makefile"), re.MULTILINE)
    assert of_images == of_checkout


def _text(path: str) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")
