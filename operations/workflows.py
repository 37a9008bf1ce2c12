"""Checks workflows before they are published: `workflows check FILE...`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from libs.workflows.checking import check_workflow
from libs.workflows.model import Workflow
from libs.workflows.parsing import Problem, Wrong, parse_workflow
from services.catalogue.workflows.reference import known_of, reference_workflows


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
) -> None:
    """Check workflows: each problem has its file, its place and its reason.

    The version before is looked for among the files, and then in the reference.
    """
    read = {file: _read(file) for file in files}
    workflows = [workflow for workflow in read.values() if isinstance(workflow, Workflow)]
    versions = {workflow.key: workflow for workflow in (*reference_workflows(), *workflows)}
    wrong = 0
    for file, workflow in read.items():
        for problem in _problems(workflow, versions):
            wrong += 1
            typer.echo(f"{file}: {problem}", err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{len(read)} workflows are right")


def _read(file: Path) -> Workflow | Wrong:
    """Read a workflow, or what is wrong with its file."""
    try:
        return parse_workflow(file.read_text(encoding="utf-8"))
    except Wrong as wrong:
        return wrong
    except (OSError, UnicodeDecodeError) as failure:
        return Wrong([Problem("", f"cannot be read: {failure}")])


def _problems(read: Workflow | Wrong, versions: Mapping[str, Workflow]) -> Sequence[Problem]:
    if isinstance(read, Wrong):
        return read.problems
    before = versions.get(f"{read.workflow}@{read.version - 1}")
    return check_workflow(read, known_of(read.workflow, before))
