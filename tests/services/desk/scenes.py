"""The operations of the API that the desk's pages call, as its source says."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import services.desk

Scope = Mapping[str, list[ast.expr]]

_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_DESK: Final = Path(services.desk.__file__).parent
_METHODS: Final[Mapping[str, tuple[str, int]]] = {
    "read": ("GET", 2),
    "download": ("GET", 1),
    "post": ("POST", 1),
    "post_proved": ("POST", 1),
    "upload": ("POST", 1),
    "change": ("PATCH", 1),
    "replace": ("PUT", 1),
    "take_back": ("DELETE", 1),
}
"""Of the gateway, by name: the HTTP method, and which argument is the path."""
_MOST_STEPS: Final = 6


def operations_called() -> set[tuple[str, str]]:
    """Return method and path of each call; `{}` stands for a value in a path."""
    return {
        call
        for file in sorted(_DESK.rglob("*.py"))
        for call in _calls_in(ast.parse(file.read_text(encoding="utf-8")))
    }


def template_of(path: str) -> str:
    """Return a declared path with `{}` in the place of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _calls_in(module: ast.Module) -> Iterator[tuple[str, str]]:
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    shared = _assigned([*module.body, *(each for owner in classes for each in owner.body)])
    functions = [node for node in ast.walk(module) if isinstance(node, _FUNCTION)]
    scopes = {function.name: {**shared, **_assigned(ast.walk(function))} for function in functions}
    for function in functions:
        scope = {**_passed(function, functions, scopes), **scopes[function.name]}
        for node in ast.walk(function):
            match node:
                case ast.Call(ast.Attribute(_, name)):
                    called = [(method, path, "") for method, path in _called(node, name)]
                case ast.Call(ast.Name("answer_proposal"), [_, _, path, *_]):
                    called = [("POST", path, end) for end in ("/approval", "/rejection")]
                case _:
                    continue
            for method, path, end in called:
                for text in _texts(path, scope):
                    yield method, template_of(text + end)


def _passed(
    function: _Function, callers: Sequence[_Function], scopes: Mapping[str, Scope]
) -> dict[str, list[ast.expr]]:
    """Return the texts that other functions of the module pass as arguments, by parameter."""
    names = [argument.arg for argument in function.args.args]
    found: dict[str, list[ast.expr]] = {}
    for caller in callers:
        for node in ast.walk(caller):
            match node:
                case ast.Call(ast.Name(called), arguments) if called == function.name:
                    for name, value in zip(names, arguments, strict=False):
                        texts = _texts(value, scopes[caller.name])
                        found.setdefault(name, []).extend(map(ast.Constant, texts))
                case _:
                    pass
    return found


def _called(node: ast.Call, name: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the method and the path of a call of the gateway."""
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    match name, arguments:
        case "do", [_, ast.Constant(str(method)), path, *_]:
            yield method, path
        case _ if name in _METHODS and len(arguments) > _METHODS[name][1]:
            method, place = _METHODS[name]
            named = [word.value for word in node.keywords if word.arg == "method"]
            match named:
                case [ast.Constant(str(other))]:
                    method = other
                case _:
                    pass
            yield method, arguments[place]


def _assigned(nodes: Iterator[ast.AST] | list[ast.stmt]) -> dict[str, list[ast.expr]]:
    """Return the values of names; of a function those that it returns."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign([ast.Tuple(names)], ast.Tuple(values)):
                for name, value in zip(names, values, strict=True):
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(value)
            case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(
                ast.Name(name), _, ast.expr() as value
            ):
                found.setdefault(name, []).append(value)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
                found.setdefault(name, []).extend(value for value in returned if value)
            case _:
                pass
    return found


def _texts(node: ast.expr, scope: Scope, steps: int = 0) -> Iterator[str]:
    """Yield what an expression can be as text: `{}` where a value is not known here."""
    match node:
        case _ if steps > _MOST_STEPS:
            return
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield from _joined(parts, scope, steps)
        case _:
            for value in _values(node, scope):
                yield from _texts(value, scope, steps + 1)


def _values(node: ast.expr, scope: Scope) -> Sequence[ast.expr]:
    """Return the expressions of which an expression has the value of one."""
    match node:
        case ast.Name(name) | ast.Attribute(ast.Name("self"), name):
            return scope.get(name, ())
        case ast.IfExp(_, first, second):
            return (first, second)
        case ast.Dict(_, values):
            return values
        case ast.Subscript(value) | ast.Call(ast.Attribute(value, "get")):
            return (value,)
        case ast.Call(ast.Name("path_of"), [template, *_]):
            return (template,)
        case ast.Call(ast.Name(name)):
            return scope.get(name, ())
        case _:
            return ()


def _joined(parts: list[ast.expr], scope: Scope, steps: int) -> Iterator[str]:
    found = [""]
    for part in parts:
        match part:
            case ast.Constant(str(text)):
                found = [before + text for before in found]
            case ast.FormattedValue(value):
                known = list(_texts(value, scope, steps + 1)) or ["{}"]
                found = [before + text for before in found for text in known]
            case _:
                pass
    yield from found
