"""How a ministry decides, as ordered: in the answer or later, and how often it refuses."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.faults.rules import Milliseconds, Rate

Mode = Literal["answer", "callback", "mixed", "never"]


class Behaviour(BaseModel):
    """How one ministry decides.

    Args:
        mode: in the answer, by callback, about half each, or never.
        decision_delay_ms: how long after the answer a callback leaves.
        correction_rate: share of lodged applications first sent back for correction.
        refusal_rate: share of the decided applications that are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "mixed"
    decision_delay_ms: Milliseconds = 0
    correction_rate: Rate = 0.0
    refusal_rate: Annotated[float, Field(ge=0, le=1)] = 0.1
