"""Damages a workflow's file at random, each in a way that breaks a rule."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Damage:
    """A damaged file: what was done, and its text."""

    kind: str
    where: str
    text: str


def damage(document: Document, chance: random.Random) -> Damage:
    """Damage a workflow in one of all the ways that fit it."""
    while True:
        kind = chance.choice(sorted(KINDS))
        damaged = copy.deepcopy(document)
        where = KINDS[kind](damaged, chance)
        if where is not None:
            text = json.dumps(damaged, ensure_ascii=False)
            return Damage(kind, where, _doubled(text, where) if kind == "doubled_key" else text)


def targets(document: Document) -> Iterator[tuple[str, Any, Any]]:
    """Return the place of every target, with the object and the key that have it."""
    for step_id, step in document["steps"].items():
        for group in ("do", "on", "ranked"):
            yield from ((f"{step_id}/{group}/{k}", step[group], k) for k in step.get(group, ()))
        for name in ("paid", "otherwise", "all_clear", "objection", "exhausted"):
            if name in step:
                yield f"{step_id}/{name}", step, name
        for name in ("timeout", "appeal"):
            if name in step:
                yield f"{step_id}/{name}/to", step[name], "to"
        yield from (
            (f"{step_id}/rules/{n}/to", rule, "to") for n, rule in enumerate(step.get("rules", ()))
        )


def _steps(document: Document, *kinds: str) -> list[str]:
    return sorted(name for name, step in document["steps"].items() if step["kind"] in kinds)


def _any(found: list[Any], chance: random.Random) -> Any:
    return chance.choice(found) if found else None


def _unknown_target(document: Document, chance: random.Random) -> str | None:
    place, owner, key = chance.choice(list(targets(document)))
    owner[key] = "nowhere"
    return str(place)


def _unknown_role(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(_steps(document, "task", "pool", "panel"))
    step = document["steps"][name]
    owner = step if "by" in step else chance.choice(step["ask"])
    owner["by"] = "nobody"
    return str(name)


def _unknown_escalation(document: Document, chance: random.Random) -> str | None:
    steps = [name for name, step in document["steps"].items() if "escalate" in step]
    name = chance.choice(sorted(steps))
    document["steps"][name]["escalate"]["to"] = chance.choice(["nobody", "applicant"])
    return str(name)


def _role_gone(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(sorted(document["roles"]))
    del document["roles"][name]
    document["roles"]["idle"] = {
        "name": {"bn": "ক", "en": "Idle"}, "level": "national", "status": "illustrative",
    }  # fmt: skip
    return str(name)


def _idle_role(document: Document, chance: random.Random) -> str | None:
    document["roles"]["idle"] = dict(chance.choice(list(document["roles"].values())))
    return "idle"


def _no_address(document: Document, chance: random.Random) -> str | None:
    name = _any(sorted(name for name, role in document["roles"].items() if "by" in role), chance)
    if name is None:
        return None
    document["roles"][name]["by"] = chance.choice(["/nowhere", "/declaration", "/name_bn/area"])
    return str(name)


def _unknown_item(document: Document, chance: random.Random) -> str | None:
    name = _any(_steps(document, "fee"), chance)
    if name is None:
        return None
    document["steps"][name]["items"].append("moon_tax")
    return str(name)


def _step_gone(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(sorted(document["steps"]))
    del document["steps"][name]
    return str(name)


def _no_limit(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(_steps(document, "task", "fee", "wait", "panel", "pool"))
    for limit in ("timeout", "escalate"):
        document["steps"][name].pop(limit, None)
    return str(name)


def _half_a_bound(document: Document, chance: random.Random) -> str | None:
    steps = [name for name, step in document["steps"].items() if "most" in step]
    name = _any(sorted(steps), chance)
    if name is None:
        name = chance.choice(_steps(document, "task", "fee"))
        document["steps"][name]["most"] = 3
    else:
        del document["steps"][name][chance.choice(["most", "exhausted"])]
    return str(name)


def _circle_of_rules(document: Document, chance: random.Random) -> str | None:
    name = _any(_steps(document, "auto", "wait", "fee"), chance)
    if name is None:
        return None
    step = document["steps"][name]
    step.pop("most", None)
    step.pop("exhausted", None)
    if step["kind"] == "auto":
        step["otherwise"] = name
    else:
        step["timeout"]["to"] = name
    return str(name)


def _circle_of_bounds(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(_steps(document, "task", "fee", "auto"))
    document["steps"][name] |= {"most": 2, "exhausted": name}
    return str(name)


def _unreachable(document: Document, chance: random.Random) -> str | None:
    kept = {"lapsed", "withdrawn", document["start"], document["corrections"]["then"]}
    moved = {rule["to"] for rule in document.get("moves", {}).get("rules", ())}
    steps = document["steps"]
    free = [name for name in steps if name not in kept | moved and "abolished" not in steps[name]]
    name = chance.choice(sorted(free))
    others = [other for other in free if other != name and steps[other]["kind"] == "task"]
    instead = _any(sorted(others), chance) or "lapsed"
    for _, owner, key in list(targets(document)):
        if owner[key] == name:
            owner[key] = instead
    return str(name)


def _trap(document: Document, chance: random.Random) -> str | None:
    """A task from which every action leads back to it, and no clock away."""
    reached = {owner[key] for _, owner, key in targets(document)}
    tasks = [name for name in _steps(document, "task") if name in reached]
    name = chance.choice(tasks)
    step = document["steps"][name]
    for key in ("most", "exhausted", "timeout"):
        step.pop(key, None)
    step["do"] = dict.fromkeys(step["do"], name)
    step["escalate"] = {"days": 3, "to": min(document["roles"])}
    return str(name)


def _refused_by_rule(document: Document, chance: random.Random) -> str | None:
    name = _any(_steps(document, "auto"), chance)
    if name is None:
        return None
    ends = [
        end for end in _steps(document, "end") if document["steps"][end]["outcome"] == "refused"
    ]
    document["steps"][name]["otherwise"] = chance.choice([e for e in ends if e != "in_person"])
    return str(name)


def _correction_by_rule(document: Document, chance: random.Random) -> str | None:
    places = [found for found in targets(document) if "/do/" not in found[0]]
    place, owner, key = chance.choice(places)
    owner[key] = "correction"
    return str(place)


def _wrong_condition(document: Document, chance: random.Random) -> str | None:
    places = [
        (f"{name}/{key}", row)
        for name, step in document["steps"].items()
        for key in ("rules", "ask", "propose")
        for row in step.get(key, ())
        if "when" in row
    ]
    found = _any(places, chance)
    if found is None:
        return None
    found[1]["when"] = chance.choice(
        [
            {"fact": "form.moon", "eq": 1},
            {"fact": "register.match", "eq": "perhaps"},
            {"fact": "age_years", "like": 65},
            {"fact": "age_years", "ge": "65"},
            {"fact": "form.declaration", "eq": True, "present": True},
            {"all": []},
            {"any": [{"fact": "weather", "eq": "fine"}]},
            {"fact": "tariff.moon_tax.amount_bdt", "gt": 0},
            {},
        ]
    )
    return str(found[0])


def _wrong_number(document: Document, chance: random.Random) -> str | None:
    steps = [step for step in document["steps"].values() if {"timeout", "escalate"} & step.keys()]
    step = chance.choice(steps)
    owner = step.get("timeout") or step["escalate"]
    owner["days"] = chance.choice([0, -1, 731, "7", 2.5, None, True])
    return "days"


def _corrections(document: Document, chance: random.Random) -> str | None:
    name, value = chance.choice([("most", 4), ("most", 0), ("then", "nowhere"), ("days", 0)])
    document["corrections"][name] = value
    return str(name)


def _missing(document: Document, chance: random.Random) -> str | None:
    required = [
        (document, key)
        for key in sorted(document)
        if key not in {"also", "window", "one_per", "moves"}
    ]
    for step in document["steps"].values():
        required += [(step, key) for key in ("kind", "name", "status", "do", "by", "items", "paid")]
        required += [(step, key) for key in ("otherwise", "on", "ask", "all_clear", "objection")]
        required += [(step, key) for key in ("outcome", "quota", "ranked", "group_by", "rank_by")]
        required += [(step["name"], "bn"), (step["status"], "flow")]
    owner, key = chance.choice([(owner, key) for owner, key in required if key in owner])
    del owner[key]
    return str(key)


def _unknown_key(document: Document, chance: random.Random) -> str | None:
    steps = list(document["steps"].values())
    owner = chance.choice([document, *steps, *(step["name"] for step in steps)])
    owner["tiemout"] = {"days": 3}
    return "tiemout"


def _empty(document: Document, chance: random.Random) -> str | None:
    step = chance.choice(list(document["steps"].values()))
    step["name"][chance.choice(["bn", "en"])] = ""
    return "name"


def _wrong_kind(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(sorted(document["steps"]))
    kind = document["steps"][name]["kind"]
    others = ("task", "fee", "auto", "wait", "panel", "pool", "end", "gate")
    document["steps"][name]["kind"] = chance.choice([other for other in others if other != kind])
    return str(name)


def _start(document: Document, chance: random.Random) -> str | None:
    document["start"] = chance.choice(["nowhere", "lapsed", "withdrawn", "correction"])
    return "start"


def _abolished(document: Document, chance: random.Random) -> str | None:
    """A step is abolished to which something still leads."""
    reached = {owner[key] for _, owner, key in targets(document)} - {"correction"}
    name = chance.choice(sorted(reached))
    document["steps"][name]["abolished"] = "2026-01-01"
    return str(name)


def _version(document: Document, chance: random.Random) -> str | None:
    key, value = chance.choice(
        [("version", document["version"] + 1), ("valid_from", "2001-01-01"), ("body", "moon")]
    )
    document[key] = value
    return str(key) if key != "valid_from" or document["version"] > 1 else None


def _moves(document: Document, chance: random.Random) -> str | None:
    moves = document.get("moves")
    if moves is None:
        document["moves"] = {
            "from_version": 1,
            "order": "x",
            "status": "sourced",
            "tell": {"bn": "ক", "en": "x"},
            "rules": [{"at": "lapsed", "to": document["start"]}],
        }
        return "moves"
    wrong = [("at", "nowhere"), ("at", "lapsed"), ("to", "nowhere"), ("to", "refused")]
    key, value = chance.choice(wrong)
    chance.choice(moves["rules"])[key] = value
    return f"moves/{key}"


def _wrong_proposal(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(_steps(document, "task"))
    document["steps"][name]["propose"] = [{"do": "fly"}]
    return str(name)


def _nobody_before(document: Document, chance: random.Random) -> str | None:
    name = chance.choice(_steps(document, "task"))
    document["steps"][name]["other_than"] = chance.choice(["nowhere", "lapsed", "correction"])
    return str(name)


def _applicant_without_time(document: Document, chance: random.Random) -> str | None:
    name = _any(
        sorted(n for n, s in document["steps"].items() if s.get("by") == "applicant"), chance
    )
    if name is None:
        return None
    step = document["steps"][name]
    del step["timeout"]
    step["escalate"] = {"days": 3, "to": min(document["roles"])}
    return str(name)


def _many_steps(document: Document, chance: random.Random) -> str | None:
    step = document["steps"]["lapsed"]
    document["steps"] |= {f"step_{number}": step for number in range(5_000)}
    return "steps"


def _doubled_key(document: Document, chance: random.Random) -> str | None:
    return str(chance.choice(sorted(document["steps"])))


def _doubled(text: str, step_id: str) -> str:
    """Return a text in which a step stands twice."""
    at = text.index(f'"{step_id}": {{"kind"')
    return f'{text[:at]}"{step_id}": {{}}, {text[at:]}'


KINDS: dict[str, Callable[[Document, random.Random], str | None]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        _unknown_target,
        _unknown_role,
        _unknown_escalation,
        _role_gone,
        _idle_role,
        _no_address,
        _unknown_item,
        _step_gone,
        _no_limit,
        _half_a_bound,
        _circle_of_rules,
        _circle_of_bounds,
        _unreachable,
        _trap,
        _refused_by_rule,
        _correction_by_rule,
        _wrong_condition,
        _wrong_number,
        _corrections,
        _missing,
        _unknown_key,
        _empty,
        _wrong_kind,
        _start,
        _abolished,
        _version,
        _moves,
        _wrong_proposal,
        _nobody_before,
        _applicant_without_time,
        _many_steps,
        _doubled_key,
    )
}
