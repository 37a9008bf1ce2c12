"""The dashboards, as `deploy/dashboards/panels.yaml` has them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

CHECKOUT = Path(__file__).resolve().parents[2]
DASHBOARDS = "deploy/dashboards"
PANELS = f"{DASHBOARDS}/panels.yaml"
RULES = {"alerts": f"{DASHBOARDS}/alerts.yaml", "stores": f"{DASHBOARDS}/stores.yaml"}
"""The files of rules by the names of their resources in Kubernetes."""

# Of Grafana.
Unit = Literal["none", "short", "s", "bytes", "Bps", "ops", "reqps", "percentunit"]
_Text = Annotated[str, Field(min_length=1)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Panel(_Read):
    """One figure of a dashboard.

    Args:
        title: what it shows.
        about: what a reader has to know of it, or an empty text.
        runbook: the page of its trouble, in `deploy/runbooks`.
        unit: of its values.
        show: queries in PromQL by their legends, in which `{{label}}` stands for a label's value.
    """

    title: _Text
    about: str = ""
    runbook: _Text
    unit: Unit
    show: Annotated[Mapping[str, str], Field(min_length=1)]


class Dashboard(_Read):
    """A page of panels."""

    uid: _Text
    title: _Text
    panels: Annotated[Sequence[Panel], Field(min_length=1)]

    @property
    def name(self) -> str:
        """Its name in addresses and of its file."""
        return self.uid.removeprefix("nagorik-")


def dashboards(checkout: Path = CHECKOUT) -> list[Dashboard]:
    """Return all dashboards of a checkout, that of who is on call first."""
    text = (checkout / PANELS).read_text(encoding="utf-8")
    return TypeAdapter(list[Dashboard]).validate_python(yaml.load(text, Loader=yaml.CSafeLoader))
