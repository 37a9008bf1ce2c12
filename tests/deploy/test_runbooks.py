"""The commands in the runbooks and in the README of deploy/ exist."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import typer
from typer.core import TyperGroup, TyperOption

from libs.contracts.topics import READING_SERVICES
from operations import root as operators
from services.registry import OPENERS, REGISTRY, WITH_DATABASE
from tests.deploy.manifests import CHECKOUT, DEPLOY, KUBERNETES, of_kind
from tools.commands import root as checkout

PAGES = [DEPLOY / "README.md", *sorted((DEPLOY / "runbooks").glob("*.md"))]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OURS = "python -m services "
_IN_A_SENTENCE = re.compile(rf"`((?:{_OURS})?(?:admin|deadletters|adapters) [^`]+)`")


def _lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                if line.strip() and not line.startswith("#"):
                    yield page.name, line.split("  #")[0].strip()


def _in_sentences() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for command in _IN_A_SENTENCE.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
            yield page.name, command


COMMANDS = [
    *((page, line) for page, line in _lines() if _OURS in line),
    *_in_sentences(),
]


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_commands_exist(page: str, command: str) -> None:
    """In the operators' image or, for `adapters`, in a checkout, with the options they need."""
    words = shlex.split(command.rpartition(_OURS)[2].partition(" > ")[0])
    app = checkout.make_app() if words[0] == "adapters" else operators.make_app()
    current: Any = typer.main.get_command(app)
    while isinstance(current, TyperGroup):
        context, word = typer.Context(current), words.pop(0)
        assert word in current.list_commands(context), f"{page}: no command {word!r}"
        current = current.get_command(context, word)
    options = {name for parameter in current.params for name in parameter.opts}
    given = {word for word in words if word.startswith("-")}
    assert given <= options, f"{page}: {command!r}"
    if words:  # a sentence may name a command alone
        needed = [
            param.opts
            for param in current.params
            if isinstance(param, TyperOption) and param.required and not param.prompt
        ]
        assert all(given & {*opts} for opts in needed), f"{page}: {command!r} needs {needed}"


def test_a_restore_stops_and_rewinds_every_service_with_a_database() -> None:
    """One that is left out goes on with what its database lost, or reads nothing for ever."""
    page = (DEPLOY / "runbooks" / "database-loss.md").read_text(encoding="utf-8")
    part = page.partition("**Restore to a moment.**")[2].partition("**On one machine**")[0]
    part, _, after_rewinding = part.partition("*Close the cases")
    down = [line for line in part.splitlines() if line.endswith("--replicas=0")]
    stopped, operators_stopped = (re.findall(r"\b[a-z]+/([a-z-]+)", line) for line in down)
    assert set(stopped) == set(WITH_DATABASE)
    assert {name.removeprefix("operate-") for name in operators_stopped} == set(READING_SERVICES)
    (said,) = re.findall(r"The same for (.*?)\.", part)
    assert {*re.findall("[a-z]+", said), "ministries"} - {"and"} == set(READING_SERVICES)
    assert after_rewinding.count("operate-cases --replicas=1") == 1
    assert after_rewinding.count("operate-cases --replicas=0") == 1


def test_offsets_are_deleted_of_every_service_that_reads() -> None:
    """Those of one that is left out would hide a later restore of its database."""
    page = (DEPLOY / "runbooks" / "broker-loss.md").read_text(encoding="utf-8")
    (services,) = re.findall(r"for service in (.*?); do\n.*group_offsets", page)
    assert set(services.split()) == set(READING_SERVICES)


@pytest.mark.parametrize("page", ["deploy/runbooks/key-rotation.md", "docs/security.md"])
def test_every_master_key_is_named(page: str) -> None:
    """One that is left out is never changed."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    (listed,) = re.findall(r"aster keys[^(]*\((`[a-z]+-encryption`[^)]*)\)", text)
    assert set(re.findall("`([a-z-]+)`", listed)) == {
        secret.kubernetes_secret for entry in REGISTRY for secret in entry.secrets if secret.key_id
    }


def test_a_new_secret_reaches_every_service_that_has_it() -> None:
    """One that is left out goes on with the old one, and what it signs is refused elsewhere."""
    page = (DEPLOY / "runbooks" / "key-rotation.md").read_text(encoding="utf-8")
    users: dict[str, set[str]] = {}
    for entry in (each for each in REGISTRY if each.production):
        for secret in entry.secrets:
            users.setdefault(secret.kubernetes_secret, set()).add(entry.name)
    shared = {name: services for name, services in users.items() if len(services) > 1}
    assert {"papers-signing", "centre-devices"} <= shared.keys()
    for name, services in shared.items():
        changed = page.partition(f"generic {name} ")[2].partition("```")[0]
        changed = changed.partition(" create secret ")[0]
        restarted = re.findall(r"\b(?:statefulset|deployment)/([a-z]+)", changed)
        assert set(restarted) == services, name


def test_the_commands_about_openers_name_every_service_that_has_one() -> None:
    """Whoever is woken by one that is left out finds no command for it."""
    page = (DEPLOY / "runbooks" / "opening-files.md").read_text(encoding="utf-8")
    for commands in ('name=([a-z]+) .*"files', "name=([a-z]+) .*-c opener", "statefulset/([a-z]+)"):
        assert set(re.findall(commands, page)) == OPENERS.keys()


KUBECTL = """
import base64, json, pathlib, re, sys
store, words = pathlib.Path("secrets.json"), sys.argv[1:]
words = words[2:] if words[0] == "-n" else words
secrets = json.loads(store.read_text())
if words[:2] == ["get", "secret"]:
    (key,) = re.findall(r"{\\.data\\.(\\w+)}", " ".join(words))
    if words[2] not in secrets and "--ignore-not-found" not in words:
        sys.exit("NotFound")
    print(base64.b64encode(secrets.get(words[2], {}).get(key, "").encode()).decode(), end="")
if words[:3] == ["create", "secret", "generic"]:
    key, _, value = words[4].removeprefix("--from-literal=").partition("=")
    print(json.dumps({words[3]: {key: value}}))
if words[0] == "apply":
    store.write_text(json.dumps(secrets | json.load(sys.stdin)))
if words[:2] == ["rollout", "restart"]:
    with pathlib.Path("restarts").open("a") as restarts:
        print(json.dumps(secrets), file=restarts)
"""


def test_the_keys_of_papers_stay_however_often_they_change(tmp_path: Path) -> None:
    """A paper of the first key is verified after the third, too: it is shown for years."""
    page = (DEPLOY / "runbooks" / "key-rotation.md").read_text(encoding="utf-8")
    commands = _BLOCK.findall(page.partition("**`issuance-key`**")[2])[0]
    (tmp_path / "kubectl.py").write_text(KUBECTL, encoding="utf-8")
    store = tmp_path / "secrets.json"
    store.write_text(json.dumps({"issuance-key": {"secret": "first"}}), encoding="utf-8")
    used = []
    for _ in range(3):
        used.append(json.loads(store.read_text())["issuance-key"]["secret"])
        script = f'kubectl() {{ "{sys.executable}" kubectl.py "$@"; }}\n{commands}'
        subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True)  # noqa: S603, S607
    earlier = json.loads(store.read_text())["issuance-credentials"]["ISSUANCE_EARLIER_KEY_SECRETS"]
    assert json.loads(earlier) == [*reversed(used)]


def test_a_key_of_papers_is_shown_before_it_signs(tmp_path: Path) -> None:
    """By every process: one of before would call a paper changed that another has just signed."""
    page = (DEPLOY / "runbooks" / "key-rotation.md").read_text(encoding="utf-8")
    commands = _BLOCK.findall(page.partition("**`issuance-key`**")[2])[0]
    (tmp_path / "kubectl.py").write_text(KUBECTL, encoding="utf-8")
    before = {"issuance-key": {"secret": "first"}}
    (tmp_path / "secrets.json").write_text(json.dumps(before), encoding="utf-8")
    script = f'kubectl() {{ "{sys.executable}" kubectl.py "$@"; }}\n{commands}'
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True)  # noqa: S603, S607
    restarts = [json.loads(line) for line in (tmp_path / "restarts").read_text().splitlines()]
    for earlier, later in pairwise([before, *restarts]):
        credentials = earlier.get("issuance-credentials", {})
        listed = json.loads(credentials.get("ISSUANCE_EARLIER_KEY_SECRETS", "[]"))
        assert later["issuance-key"]["secret"] in {earlier["issuance-key"]["secret"], *listed}
    assert restarts[-1]["issuance-key"] != before["issuance-key"]


@pytest.mark.parametrize("name", ["issuance-key", "documents-key"])
def test_a_secret_that_cannot_be_read_is_not_replaced(name: str, tmp_path: Path) -> None:
    """It is nowhere else: what it signed could never be verified again."""
    page = (DEPLOY / "runbooks" / "key-rotation.md").read_text(encoding="utf-8")
    commands = _BLOCK.findall(page.partition(f"**`{name}`**")[2])[0]
    (tmp_path / "kubectl.py").write_text(KUBECTL, encoding="utf-8")
    store = tmp_path / "secrets.json"
    store.write_text("{}", encoding="utf-8")
    script = f'kubectl() {{ "{sys.executable}" kubectl.py "$@"; }}\n{commands}'
    subprocess.run(["bash", "-uc", script], cwd=tmp_path, check=False)  # noqa: S603, S607
    assert json.loads(store.read_text()) == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_has_commands(page: object) -> None:
    """A runbook has the commands to run."""
    assert any(name == getattr(page, "name", "") for name, _ in _lines())


def test_resources_that_are_named_exist() -> None:
    """A Deployment or StatefulSet that a command names is one of the manifests."""
    named = re.compile(r"\b(deployment|statefulset)/([a-z-]+)", re.ASCII)
    there = {
        (document["kind"].lower(), document["metadata"]["name"])
        for document in of_kind("Deployment", "StatefulSet")
    }
    ours = [line for _, line in _lines() if "-n nagorik " in line]
    used = {found for line in ours for found in named.findall(line)}
    assert used
    assert used <= there


def test_certificates_that_are_named_exist() -> None:
    """A Certificate has the name of its service, and its Secret another."""
    certificates = {each["metadata"]["name"]: each["spec"] for each in of_kind("Certificate")}
    secrets = {spec["secretName"] for spec in certificates.values()}
    lines = [re.sub(r"\$service\b", "applications", line) for _, line in _lines()]
    named = {
        found
        for line in lines
        for found in re.findall(r"(?:describe certificate|cmctl renew) ([a-z]+)", line)
    }
    of_secrets = {found for line in lines for found in re.findall(r" secret ([a-z]+-tls)\b", line)}
    assert "applications" in named
    assert named <= certificates.keys()
    assert of_secrets <= secrets


def test_labels_that_are_selected_exist() -> None:
    """Pods of ours have the label that a command selects, and of logs it asks for all lines."""
    there = {
        label
        for document in of_kind("Deployment", "StatefulSet")
        for label in document["spec"]["template"]["metadata"]["labels"].items()
    }
    used = [(line, re.findall(r" -l (app\S*)=(\S+)", line)) for _, line in _lines()]
    assert {label for _, found in used for label in found} <= there
    cut = [line for line, found in used if found and " logs " in line and "--tail=-1" not in line]
    assert cut == []  # kubectl shows ten lines of each pod otherwise


def test_folders_that_are_applied_exist() -> None:
    """`kubectl apply -k` names folders of kubernetes/."""
    folders = {
        folder for _, line in _lines() for folder in re.findall(r"-k deploy/kubernetes/(\S+)", line)
    }
    assert folders
    assert all((KUBERNETES / folder / "kustomization.yaml").is_file() for folder in folders)


def _statements() -> Iterator[tuple[str, str]]:
    for _, line in _lines():
        for service, statement in re.findall(r"psql ([a-z]+) -c \"(.+)\"$", line, re.ASCII):
            yield service, statement
    for page in PAGES:
        for statement in re.findall(r"`(select [^`]+)`", page.read_text(encoding="utf-8")):
            yield "ministries", statement


@pytest.mark.parametrize(("service", "statement"), [*_statements()])
async def test_statements_can_be_prepared(
    dsn_for: Callable[[str], Awaitable[str]], service: str, statement: str
) -> None:
    """On the schema of the service that the page names."""
    connection = await asyncpg.connect(await dsn_for(service))
    try:
        await connection.prepare(statement)
    finally:
        await connection.close()


def test_statements_run_on_the_instance_that_writes() -> None:
    """After a failover that is not the first one: it would refuse, or show what another has."""
    statements = [line for _, line in _lines() if "psql" in shlex.split(line)]
    assert statements
    assert [line for line in statements if "$primary" not in line] == []
