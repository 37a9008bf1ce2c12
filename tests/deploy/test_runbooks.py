"""The commands in the runbooks and in the README of deploy/ exist."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup, TyperOption

from operations import root as operators
from tests.deploy.manifests import DEPLOY, KUBERNETES, of_kind
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
    used = {found for _, line in _lines() for found in named.findall(line)}
    assert used <= there


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
