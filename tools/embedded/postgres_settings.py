from pathlib import Path

from tools.embedded.ports import HOST

# Durability as in production: what was committed outlives a loss of power.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "random_page_cost": "1.1",  # as production: on SSDs, so that plans go by index
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Passwords derive from a random secret and need no stretching: a connection costs 1.4 ms of
    # CPU less.
    "scram_iterations": "1",
}


# What a server needs to survive a crash of the machine, and not for its own.
_ONLY_FOR_CRASHES_OF_THE_MACHINE = ("fsync", "full_page_writes")


def initdb_options(
    data_folder: Path, password_path: Path, superuser: str, *, durable: bool
) -> list[str | Path]:
    """Options of `initdb`: UTF-8, and a sort order that no system update changes."""
    return [
        *([] if durable else ["--no-sync"]),
        "--pgdata",
        data_folder,
        "--username",
        superuser,
        "--pwfile",
        password_path,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]


def server_options(data_folder: Path, port: int, *, durable: bool) -> list[str | Path]:
    """Options of the server's command line.

    Args:
        data_folder: the folder of its data.
        port: where it listens.
        durable: keep what was committed over a crash of the machine.
    """
    options: list[str | Path] = ["-D", data_folder, "-p", str(port)]
    weaker = {} if durable else dict.fromkeys(_ONLY_FOR_CRASHES_OF_THE_MACHINE, "off")
    for name, value in {**SETTINGS, **weaker}.items():
        options += ["-c", f"{name}={value}"]
    return options
