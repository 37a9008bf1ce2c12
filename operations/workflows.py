"""Checks workflows before they are published: `workflows check FILE...`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from libs.workflows.checking import check_workflow
from libs.workflows.model import Workflow
from libs.workflows.parsing import Problem, Wrong, parse_workflow
from libs.workflows.tariffs import Tariffs, parse_tariffs
from services.catalogue.workflows.reference import known_of, reference_workflows

Content = TypeVar("Content")


def workflows_app() -> typer.Typer:
    """The commands under `workflows`."""
    app = typer.Typer(help="Ways of applications, as data.", no_args_is_help=True)

    @app.callback()
    def workflows() -> None:
        """Ways of applications, as data."""

    app.command("check")(check)
    return app


def check(
    files: Annotated[list[Path], typer.Argument(help="Workflows; give two versions together.")],
    tariffs: Annotated[
        list[Path] | None, typer.Option(help="Tariffs beside those of the reference.")
    ] = None,
) -> None:
    """Check workflows: each problem has its file, its place and its reason.

    The version before is looked for among the files, and then in the reference.
    """
    read = {file: _read(file, parse_workflow) for file in files}
    costs = {file: _read(file, parse_tariffs) for file in tariffs or ()}
    items = {
        row.item for read_ in costs.values() if isinstance(read_, Tariffs) for row in read_.rows
    }
    workflows = [workflow for workflow in read.values() if isinstance(workflow, Workflow)]
    versions = {workflow.key: workflow for workflow in (*reference_workflows(), *workflows)}
    wrong = 0
    found = {file: _problems(workflow, versions, items) for file, workflow in read.items()}
    found |= {file: cost.problems for file, cost in costs.items() if isinstance(cost, Wrong)}
    for file, problems in found.items():
        for problem in problems:
            wrong += 1
            typer.echo(f"{file}: {problem}", err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{len(read)} workflows are right")


def _read(file: Path, parse: Callable[[str], Content]) -> Content | Wrong:
    """Read a file, or what is wrong with it."""
    try:
        return parse(file.read_text(encoding="utf-8"))
    except Wrong as wrong:
        return wrong
    except (OSError, UnicodeDecodeError) as failure:
        return Wrong([Problem("", f"cannot be read: {failure}")])


def _problems(
    read: Workflow | Wrong, versions: Mapping[str, Workflow], items: Collection[str]
) -> Sequence[Problem]:
    if isinstance(read, Wrong):
        return read.problems
    before = versions.get(f"{read.workflow}@{read.version - 1}")
    known = known_of(read.workflow, before)
    return check_workflow(read, replace(known, items={*known.items, *items}))
