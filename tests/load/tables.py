"""How large the tables get under load, sampled every second.

Run it as `python -m tests.load.tables --applications 3600 --rate 20`: an hour at one a second.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import aiohttp
import asyncpg
import typer

from services.registry import WITH_DATABASE
from tools.demo.demo import Demo
from tools.supervision.supervisor import Supervisor

_TABLES = (
    *("outbox", "inbox", "idempotency", "dead_letters"),
    *("deliveries", "webhook_calls", "messages", "applications"),
)
_LOOK_EVERY_S = 1.0
_VACUUMED_WITHIN_S = 75.0  # a look of autovacuum, and its work


@dataclass(slots=True)
class Size:
    """One table: its current size, and its largest."""

    live: int = 0
    dead: int = 0
    kib: int = 0
    vacuums: int = 0
    most_dead: int = 0
    most_kib: int = 0

    def note(self, live: int, dead: int, kib: int, vacuums: int) -> None:
        """Add a sample."""
        self.live, self.dead, self.kib, self.vacuums = live, dead, kib, vacuums
        self.most_dead = max(self.most_dead, dead)
        self.most_kib = max(self.most_kib, kib)


Sizes = dict[tuple[str, str], Size]


async def look(dsn: Mapping[str, str], sizes: Sizes) -> None:
    """Sample the size of every table."""
    for service in WITH_DATABASE:
        connection = await asyncpg.connect(dsn[service])
        try:
            rows = await connection.fetch(
                """
                SELECT relname, n_live_tup, n_dead_tup,
                       pg_total_relation_size(relid) / 1024 AS kib,
                       vacuum_count + autovacuum_count AS vacuums
                  FROM pg_stat_user_tables
                 WHERE relname = ANY($1)
                """,
                _TABLES,
            )
        finally:
            await connection.close()
        for name, *figures in rows:
            sizes.setdefault((service, name), Size()).note(*figures)


async def measure(applications: int, rate_per_s: float) -> tuple[Sizes, int]:
    """Run a demo; return the sizes of the tables, and how many applications were lost."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-tables-"))
    sizes: Sizes = {}
    async with (
        Supervisor(folder, progress=typer.echo) as supervisor,
        aiohttp.ClientSession() as http,
    ):
        state = supervisor.state()
        dsn: Mapping[str, str] = state.postgres["dsn"]
        demo = Demo(
            http,
            gateway=state.gateway,
            portal=state.portal,
            sandbox=state.sandbox,
            applications=applications,
            rate_per_s=rate_per_s,
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(demo.run(lambda _: None))
            while not running.done():
                await look(dsn, sizes)
                await asyncio.wait([running], timeout=_LOOK_EVERY_S)
        await asyncio.sleep(_VACUUMED_WITHIN_S)
        await look(dsn, sizes)
    shutil.rmtree(folder, ignore_errors=True)
    return sizes, running.result().measures.lost


def main(
    applications: Annotated[int, typer.Option(help="How many citizens apply")] = 2000,
    rate: Annotated[float, typer.Option(help="How many in a second")] = 20.0,
) -> None:
    """Print the sizes of the tables."""
    sizes, lost = asyncio.run(measure(applications, rate))
    typer.echo(f"{applications} applications, {lost} lost")
    typer.echo("| table | rows after | dead, at most | dead after | KiB, at most | vacuums |")
    typer.echo("| --- | --- | --- | --- | --- | --- |")
    for (service, name), size in sorted(sizes.items()):
        typer.echo(
            f"| {service}.{name} | {size.live:,} | {size.most_dead:,} | {size.dead:,}"
            f" | {size.most_kib:,} | {size.vacuums} |"
        )


if __name__ == "__main__":
    typer.run(main)
