"""Checks that a JSON Schema stays compatible with its earlier writers and readers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Schema = Mapping[str, Any]
# The use by a program that knows only the old schema: it writes (a request body), reads (an
# answer), or both (an event: new code reads old records, and code not yet deployed anew new ones).
Peer = Literal["writes", "reads", "both"]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_MUST_STAY = ("pattern", "format", "multipleOf", "uniqueItems")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class _Place:
    """The present place in both schemas; `$ref` is looked up in the whole documents.

    `within` has the pairs of references that led here: a type that holds itself is compared once.
    """

    path: str
    old_whole: Schema
    new_whole: Schema
    peer: Peer
    within: frozenset[tuple[str, str]] = frozenset()

    def at(self, step: str) -> "_Place":
        return replace(self, path=f"{self.path}/{step}")

    def broken(self, what: str) -> str:
        return f"{self.path or '/'}: {what}"

    @property
    def too_deep(self) -> bool:
        return self.path.count("/") > _DEEPEST


def breaks(old: Schema, new: Schema, *, peer: Peer = "both") -> list[str]:
    """Describe where the new schema breaks readers or writers of the old one.

    Args:
        old: the whole schema as committed; `$ref` points into it.
        new: the whole schema as the code has it now.
        peer: what a program does that knows only the old one.
    """
    return breaks_within((old, new), (old, new), peer=peer)


def breaks_within(
    nodes: tuple[Schema, Schema], wholes: tuple[Schema, Schema], *, peer: Peer
) -> list[str]:
    """The same for two subschemas (old, new) of documents into which `$ref` points."""
    return list(_compare(*nodes, _Place("", *wholes, peer)))


def _compare(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    refs = (old.get("$ref", ""), new.get("$ref", ""))
    if place.too_deep or refs in place.within:
        return
    if all(refs):
        place = replace(place, within=place.within | {refs})
    before = {
        _kind(alternative): alternative for alternative in _alternatives(old, place.old_whole)
    }
    after = {_kind(alternative): alternative for alternative in _alternatives(new, place.new_whole)}
    anything = "anything"
    if place.peer != "reads" and anything not in after:
        for gone in sorted(before.keys() - after.keys()):
            yield place.broken(f"no longer takes {gone}")
    if place.peer != "writes" and anything not in before:
        for fresh in sorted(after.keys() - before.keys()):
            yield place.broken(f"may now be {fresh}, which earlier readers do not expect")
    for kind in sorted(before.keys() & after.keys()):
        yield from _compare_alike(before[kind], after[kind], place)


def _alternatives(schema: Schema, whole: Schema) -> Iterator[Schema]:
    schema = _looked_up(schema, whole)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            for alternative in schema[word]:
                yield from _alternatives(alternative, whole)
            return
    kinds = schema.get("type")
    if isinstance(kinds, list):
        for kind in kinds:
            yield {**schema, "type": kind}
        return
    yield schema


def _looked_up(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    if len(schema.get("allOf", ())) == 1:
        return _looked_up(schema["allOf"][0], whole)
    return schema


def _kind(schema: Schema) -> str:
    """Return the kind of an alternative; old and new alternatives of one kind are compared."""
    kind = schema.get("type")
    if kind is None:
        kind = "a fixed value" if "const" in schema or "enum" in schema else "anything"
    if kind == "object" and "properties" in schema:
        return "an object"
    return str(kind)


def _compare_alike(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    yield from _compare_values(old, new, place)
    yield from _compare_bounds(old, new, place)
    yield from _compare_objects(old, new, place)
    yield from _compare_items(old, new, place)


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    if "enum" in schema:
        return {repr(value) for value in schema["enum"]}
    return None


def _compare_values(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if place.peer != "reads" and after is not None:
        if before is None:
            yield place.broken("takes only some values now")
        elif before - after:
            yield place.broken(f"no longer takes {', '.join(sorted(before - after))}")
    if place.peer != "writes" and before is not None:
        if after is None:
            yield place.broken("may now be any value, which earlier readers do not expect")
        elif after - before:
            fresh = ", ".join(sorted(after - before))
            yield place.broken(f"may now be {fresh}, which earlier readers do not expect")


def _compare_bounds(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    if place.peer != "reads":
        yield from _narrower(old, new, place)
    if place.peer != "writes":
        for word in _MUST_STAY:
            if word in old and word not in new:
                yield place.broken(f"the {word} is gone, on which earlier readers may rely")


def _narrower(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    for word in _MUST_STAY:
        if word in new and new[word] != old.get(word):
            yield place.broken(f"the {word} has changed")
    for word in _LOWER_BOUNDS:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield place.broken(f"{word} has risen to {new[word]}")
    for word in _UPPER_BOUNDS:
        if word in new and new[word] < old.get(word, float("inf")):
            yield place.broken(f"{word} has fallen to {new[word]}")


def _compare_objects(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield place.at(name).broken("the field is gone")
    needed, was_needed = set(new.get("required", ())), set(old.get("required", ()))
    if place.peer != "reads":
        for name in sorted(needed - was_needed):
            what = "has lost its default" if name in before else "is new and has no default"
            yield place.at(name).broken(f"the field {what}")
    if place.peer != "writes":
        for name in sorted((was_needed - needed) & after.keys()):
            yield place.at(name).broken("the field may now be missing")
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(before[name], after[name], place.at(name))
    yield from _compare_others(old, new, place)


def _compare_others(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    """Compare the values that fields without a name of their own may hold."""
    before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _compare(before, after, place.at("*"))
    elif before is not False and after is False and place.peer != "reads":
        yield place.broken("no longer takes fields that it does not know")


def _compare_items(old: Schema, new: Schema, place: _Place) -> Iterator[str]:
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], place.at("[]"))
