"""Import contracts of the services, from the registry and the existing folders.

A capability is a folder of a service with at least one of the files below. Its layers:
routes | consumers | jobs | commands > erasure > use_cases > queries | adapters > rules | encrypted.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from services.registry import ServiceEntry

_THIN = ("routes", "consumers", "jobs", "commands")
_LAYERS = (
    *(" | ".join(f"({name})" for name in _THIN), "(erasure)", "(use_cases)"),
    "(queries) | (adapters)",
)
_CAPABILITY_FILES = (*_THIN, "use_cases", "queries", "rules")
_NOT_IN_RULES = ("asyncio", "os", "random", "time")
_NOT_REACHED_FROM_RULES = (
    *("aiohttp", "aiokafka", "asyncpg", "faststream", "opentelemetry", "sqlite3", "starlette"),
    *("structlog", "libs.database", "libs.messaging", "libs.telemetry", "libs.web"),
)
_DRIVERS = ("aiokafka", "asyncpg", "confluent_kafka", "faststream")


def import_contracts(checkout: Path, registry: Sequence[ServiceEntry]) -> list[str]:
    """Return the contracts of the services, as lines of `.importlinter`.

    Args:
        checkout: the top of the checkout, whose folders are looked at.
        registry: every service.
    """
    modules = {entry.package: _modules(checkout, entry.package) for entry in registry}
    capabilities = [
        f"{package}.{name}"
        for package, names in modules.items()
        for name in names
        if _is_capability(checkout, f"{package}.{name}")
    ]
    files = {name: _with_file(checkout, capabilities, name) for name in _CAPABILITY_FILES}
    queries = [module for module in files["queries"] if module.startswith("services.")]
    in_production = [entry.name for entry in registry if entry.production]
    contracts = [
        _contract(
            "services",
            "A service imports no other; the entry point stands above",
            "layers",
            containers=["services"],
            layers=["__main__", " | ".join(in_production), "registry"],
            exhaustive=["True"],
        ),
        *(_of_service(package, names) for package, names in modules.items()),
        # In the sandbox routes may call queries, also those of other capabilities.
        *_of_capabilities(capabilities, queries),
        _contract(
            "thin",
            "Routes, consumers, jobs and commands call use cases, and no query",
            "forbidden",
            source_modules=[
                module for name in _THIN for module in files[name] if module.startswith("services.")
            ],
            forbidden_modules=queries,
            allow_indirect_imports=["True"],
        ),
        _contract(
            "rules",
            "Rules are pure: no clock, no random numbers, no event loop, no machine",
            "forbidden",
            source_modules=files["rules"],
            forbidden_modules=_NOT_IN_RULES,
            allow_indirect_imports=["True"],
        ),
        _contract(
            "rules-outside",
            "Rules reach no database, broker, network or tracer, not even through a library",
            "forbidden",
            source_modules=files["rules"],
            forbidden_modules=_NOT_REACHED_FROM_RULES,
        ),
        _contract(
            "drivers",
            "Only libraries use the drivers; queries may name the type of a row",
            "forbidden",
            source_modules=["services", "sandbox"],
            forbidden_modules=_DRIVERS,
            allow_indirect_imports=["True"],
            ignore_imports=[
                "services.**.queries -> asyncpg",
                "services.**.consumers -> faststream",
            ],
            unmatched_ignore_imports_alerting=["none"],
        ),
    ]
    return "\n\n".join(contracts).splitlines()


def folders_with_code(folder: Path) -> list[str]:
    """Return the names of the folders in a folder that have Python files, sorted."""
    return sorted(path.name for path in folder.iterdir() if any(path.glob("*.py")))


def _of_service(package: str, names: Sequence[str]) -> str:
    return _contract(
        package.rpartition(".")[2],
        f"Layers of {package}",
        "layers",
        containers=[package],
        layers=_layers(names),
        exhaustive=["True"],
    )


def _of_capabilities(capabilities: Sequence[str], queries: Sequence[str]) -> Iterator[str]:
    if not capabilities:
        return
    yield _contract(
        "capabilities",
        "Layers of a capability",
        "layers",
        containers=capabilities,
        layers=[*_LAYERS, "(rules) | (encrypted)"],
    )
    for module in queries:
        capability = module.removesuffix(".queries")
        yield _contract(
            f"queries-of-{capability.removeprefix('services.')}",
            f"Only {capability} uses its queries",
            "protected",
            protected_modules=[module],
            allowed_importers=[capability],
        )


def _layers(names: Sequence[str]) -> list[str]:
    """`main` lists the capabilities; they may call one another; settings know none of them."""
    between = " : ".join(name for name in names if name not in {"main", "settings"})
    layers = ["main" if "main" in names else "", between, "settings" if "settings" in names else ""]
    return [layer for layer in layers if layer]


def _modules(checkout: Path, package: str) -> list[str]:
    folder = _path(checkout, package)
    files = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return sorted({*files, *folders_with_code(folder)})


def _is_capability(checkout: Path, module: str) -> bool:
    folder = _path(checkout, module)
    return any((folder / f"{name}.py").exists() for name in _CAPABILITY_FILES)


def _with_file(checkout: Path, capabilities: Sequence[str], name: str) -> list[str]:
    return [
        f"{capability}.{name}"
        for capability in capabilities
        if (_path(checkout, capability) / f"{name}.py").exists()
        or (_path(checkout, capability) / name).is_dir()
    ]


def _path(checkout: Path, module: str) -> Path:
    return checkout.joinpath(*module.split("."))


def _contract(key: str, name: str, kind: str, **options: Sequence[str]) -> str:
    lines = [f"[importlinter:contract:{key}]", f"name = {name}", f"type = {kind}"]
    for option, values in options.items():
        if option in {"exhaustive", "allow_indirect_imports", "unmatched_ignore_imports_alerting"}:
            lines.append(f"{option} = {values[0]}")
        else:
            lines += [f"{option} =", *(f"    {value}" for value in values)]
    return "\n".join(lines)
