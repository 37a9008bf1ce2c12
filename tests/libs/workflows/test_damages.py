"""The checker finds random damages; what it lets pass is a workflow by a second reading too."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from libs.workflows.checking import check_text
from libs.workflows.parsing import Problem
from services.catalogue.workflows.reference import known_of
from tests.libs.workflows.damages import KINDS, Document, damage, targets
from tests.libs.workflows.plain_model import Plain
from tests.libs.workflows.scenes import DOCUMENTS, WORKFLOWS

SCHEMA = Path("services/catalogue/reference/workflows/workflow.schema.json")
SEED = 38
DAMAGES = 320
REDIRECTS = 60


def problems_of(document: Document, text: str) -> list[Problem]:
    """Return what the checker says."""
    service, version = document["workflow"], document["version"]
    return check_text(text, known_of(service, WORKFLOWS.get(f"{service}@{version - 1}")))


def test_every_damage_is_found() -> None:
    """320 damages of 32 kinds, over all twelve files."""
    chance = random.Random(SEED)  # noqa: S311
    missed, kinds = [], set()
    for number in range(DAMAGES):
        document = list(DOCUMENTS.values())[number % len(DOCUMENTS)]
        damaged = damage(document, chance)
        kinds.add(damaged.kind)
        if not problems_of(document, damaged.text):
            missed.append((document["workflow"], damaged.kind, damaged.where))
    assert missed == []
    assert kinds == set(KINDS)


def test_what_the_schema_refuses_is_refused() -> None:
    """`workflow.schema.json`, which others read, takes the files and no more than the model."""
    validator = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert all(validator.is_valid(document) for document in DOCUMENTS.values())
    chance = random.Random(SEED)  # noqa: S311
    for document in DOCUMENTS.values():
        for _ in range(20):
            text = damage(document, chance).text
            if not validator.is_valid(json.loads(text)):
                assert problems_of(document, text)


def test_a_redirected_target_is_refused_if_and_only_if_it_is_a_damage() -> None:
    """A second reading says which ways lead nowhere, in a circle, or past a person."""
    chance = random.Random(SEED)  # noqa: S311
    small = [document for key, document in DOCUMENTS.items() if not key.startswith("S016")]
    found = []
    for number in range(REDIRECTS):
        document = copy.deepcopy(small[number % len(small)])
        place, owner, key = chance.choice(list(targets(document)))
        owner[key] = chance.choice(sorted(document["steps"]))
        wrong = is_damaged(document)
        problems = problems_of(document, json.dumps(document))
        assert bool(problems) is wrong, (document["workflow"], place, owner[key], problems)
        found.append(wrong)
    assert {True, False} == set(found)


def is_damaged(document: Document) -> bool:
    """Whether a workflow whose targets exist breaks a rule, by looking at its file only."""
    steps = document["steps"]
    return (
        any(
            steps[owner[key]].get("abolished")
            for _, owner, key in targets(document)
            if owner[key] != "correction"
        )
        or is_refusal_by_rule(document)
        or bool(steps.keys() - reached(document))
        or in_a_circle(document)
        or bool(stuck(document))
    )


def is_refusal_by_rule(document: Document) -> bool:
    """Whether a rule, a payment or an unasked panel refuses."""
    steps = document["steps"]
    refusals = {name for name in steps if steps[name].get("outcome") == "refused"}
    for place, owner, key in targets(document):
        name, *rest = place.split("/")
        kind = steps[name]["kind"]
        by_a_rule = kind in {"auto", "fee", "panel"} and rest[0] not in {"objection", "timeout"}
        if by_a_rule and owner[key] in refusals - ({"in_person"} if kind == "auto" else set()):
            return True
        if rest[0] == "appeal" and steps[owner[key]]["kind"] not in {"task", "auto"}:
            return True
    return False


def reached(document: Document) -> set[str]:
    """Return the steps to which some way leads."""
    leads: dict[str, set[str]] = {}
    for place, owner, key in targets(document):
        leads.setdefault(place.split("/")[0], set()).add(owner[key])
    moved = {rule["to"] for rule in document.get("moves", {}).get("rules", ())}
    abolished = {name for name, step in document["steps"].items() if "abolished" in step}
    unread = [document["start"], "lapsed", "withdrawn", *moved, *abolished]
    found = set(unread)
    while unread:
        new = leads.get(unread.pop(), set()) - found - {"correction"}
        found |= new
        unread.extend(new)
    return found


def in_a_circle(document: Document) -> bool:
    """Whether rules and clocks alone go on for ever, once all bounds are used up."""

    def leads(name: str) -> list[str]:
        step = document["steps"][name]
        if "exhausted" in step:
            return [step["exhausted"]]
        timeout = [step["timeout"]["to"]] if "timeout" in step else []
        rules = [rule["to"] for rule in step.get("rules", ())]
        unasked = step["kind"] == "panel" and all("when" in role for role in step["ask"])
        otherwise = [step["otherwise"]] if "otherwise" in step else []
        return [*timeout, *rules, *otherwise, *([step["all_clear"]] if unasked else [])]

    for name in document["steps"]:
        ahead, seen = set(leads(name)), set()
        while ahead:
            if name in ahead:
                return True
            seen |= ahead
            ahead = {step for passed in ahead for step in leads(passed)} - seen
    return False


def stuck(document: Document) -> set[str]:
    """Return the steps at which a case can be that nobody will ever decide."""
    small = copy.deepcopy(document)
    small["corrections"]["most"] = 1
    for step in small["steps"].values():
        if "most" in step:
            step["most"] = min(step["most"], 2)
    states, before = explored(small)
    led = {state for state, case in states.items() if case.outcome in {"approved", "refused"}}
    ahead = set(led)
    while ahead:
        ahead = {state for passed in ahead for state in before.get(passed, ())} - led
        led |= ahead
    return {case.at for state, case in states.items() if state not in led and not case.outcome}


def explored(document: Document) -> tuple[dict[str, Plain], dict[str, set[str]]]:
    """Return the states of a workflow, and those from which each comes."""
    start = Plain(document, lambda _: False)
    unread = list(outcomes(start, lambda case: case.go(document["start"])))
    abolished = [name for name, step in document["steps"].items() if "abolished" in step]
    unread += [Plain(document, lambda _: False, at=name) for name in abolished]
    states = {state_of(case): case for case in unread}
    before: dict[str, set[str]] = {}
    while unread:
        case = unread.pop()
        for choice in case.choices():
            for after in outcomes(case, lambda copied, choice=choice: copied.choices()[choice]()):
                before.setdefault(state_of(after), set()).add(state_of(case))
                if state_of(after) not in states:
                    states[state_of(after)] = after
                    unread.append(after)
    return states, before


def outcomes(case: Plain, do: Any) -> Iterator[Plain]:
    """Return what comes of something, for all answers of conditions."""
    unread: list[list[bool]] = [[]]
    while unread:
        script = unread.pop()
        given: list[bool] = []

        def answer(condition: Any, script: list[bool] = script, given: list[bool] = given) -> bool:
            given.append(script[len(given)] if len(given) < len(script) else not condition)
            return given[-1]

        copied = Plain(
            case.document, answer, case.at, case.correcting, case.corrections,
            dict(case.visits), list(case.asked), list(case.answered),
        )  # fmt: skip
        do(copied)
        yield copied
        unread.extend([*given[:n], True] for n in range(len(script), len(given)) if not given[n])


def state_of(case: Plain) -> str:
    """Return a state as text."""
    bounded = {n: v for n, v in case.visits.items() if "most" in case.document["steps"][n]}
    at_panel = case.step["kind"] == "panel"
    opinions = (sorted(case.asked), sorted(case.answered)) if at_panel else ()
    return repr((case.at, case.correcting, case.corrections, sorted(bounded.items()), opinions))
