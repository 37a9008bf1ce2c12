"""A second reading of the workflows' files, small and slow: what `decide` must agree with.

It works on the JSON as it is, without the model, the events or the conditions of the library.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Document = Mapping[str, Any]
ALWAYS: Mapping[str, Any] = {}
_COMPARE = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}


@dataclass
class Plain:
    """Where a case is."""

    document: Document
    answer: Callable[[Mapping[str, Any]], bool]
    at: str = ""
    correcting: bool = False
    corrections: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    @property
    def step(self) -> Mapping[str, Any]:
        """The step at which it is."""
        found: Mapping[str, Any] = self.document["steps"][self.at]
        return found

    @property
    def outcome(self) -> str | None:
        """Of a case that has ended."""
        return self.step.get("outcome")

    def go(self, name: str) -> None:
        """Lead it to a step, and through rules."""
        step = self.document["steps"][name]
        if self.visits.get(name, 0) == step.get("most", -1):
            return self.go(step["exhausted"])
        self.visits[name] = self.visits.get(name, 0) + 1
        self.at, self.correcting = name, False
        if step["kind"] == "auto":
            fits = [rule["to"] for rule in step["rules"] if self.answer(rule["when"])]
            return self.go([*fits, step["otherwise"]][0])
        if step["kind"] == "panel":
            self.answered = []
            self.asked = [
                role["by"]
                for role in step["ask"]
                if "when" not in role or self.answer(role["when"])
            ]
            if not self.asked:
                return self.go(step["all_clear"])
        return None

    def choices(self) -> dict[str, Callable[[], None]]:
        """Return what can be done now, by name, with what it does."""
        step = self.step
        if self.correcting:
            lapse = self.document["corrections"]["then"]
            return {"correct": lambda: self.go(self.at), "correction": lambda: self.go(lapse)}
        targets = {
            **{f"happen {name}": target for name, target in step.get("on", {}).items()},
            **{f"rank {name}": target for name, target in step.get("ranked", {}).items()},
            **{f"act {name}": target for name, target in step.get("do", {}).items()},
            **({"pay": step["paid"]} if step["kind"] == "fee" else {}),
            **({"timeout": step["timeout"]["to"]} if "timeout" in step else {}),
            **({"appeal": step["appeal"]["to"]} if "appeal" in step else {}),
        }
        may_ask = self.corrections < self.document["corrections"]["most"]
        found = {
            name: partial(self.go, target) if target != "correction" else self._ask
            for name, target in targets.items()
            if may_ask or target != "correction"
        }
        missing = set(self.asked) - set(self.answered) if step["kind"] == "panel" else ()
        for role in missing:
            found[f"clear {role}"] = partial(self._clear, role)
            found[f"object {role}"] = partial(self.go, step["objection"])
        return found

    def move(self, document: Document) -> None:
        """Take it into the next version."""
        rules = [rule for rule in document["moves"]["rules"] if rule["at"] == self.at]
        fits = [rule["to"] for rule in rules if self.answer(rule.get("when", ALWAYS))]
        self.document = document
        if fits and self.correcting:
            self.at = fits[0]
        elif fits:
            self.go(fits[0])

    def _ask(self) -> None:
        self.correcting, self.corrections = True, self.corrections + 1

    def _clear(self, role: str) -> None:
        self.answered.append(role)
        if len(self.answered) == len(self.asked):
            self.go(self.step["all_clear"])


def answers_by(facts: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Return how conditions are answered, from facts."""

    def answer(condition: Mapping[str, Any]) -> bool:
        if condition == ALWAYS:
            return True
        if "all" in condition:
            return all(map(answer, condition["all"]))
        if "any" in condition:
            return any(map(answer, condition["any"]))
        if "not" in condition:
            return not answer(condition["not"])
        fact = facts.get(condition["fact"])
        if fact is None:
            return condition.get("present") is False
        if "among" in condition:
            return bool(
                {*fact} & {*condition["among"]}
                if isinstance(fact, list)
                else fact in condition["among"]
            )
        ((name, value),) = [(name, value) for name, value in condition.items() if name != "fact"]
        return bool(_COMPARE.get(name, operator.eq)(fact, value)) if name != "present" else value

    return answer
