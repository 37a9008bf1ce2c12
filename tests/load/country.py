"""What the pages of the programme take with the whole country: `python -m tests.load.country`.

A PostgreSQL of its own has every place open, with 40,000 centres, 100,000 uddoktas, what was
measured, and a year of counts. Each operation that reads is called many times in this process.
Prints one line for each: milliseconds from the request to the answer (p50, p99), and the CPU time
of a call here and in PostgreSQL, which says more where others use the machine.
"""

import asyncio
import gc
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import asyncpg
import typer
from starlette.types import ASGIApp

from libs.bangladesh.bodies import bodies
from libs.bangladesh.places import below, children, trail
from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.telemetry.logging import configure
from services.programme.bodies import queries as facts
from services.programme.bodies.overview import Overview
from services.programme.snapshots.use_cases import take
from tests.ciphers import make_cipher
from tests.folders import server_folder
from tests.libs.web.running import ask
from tests.services.programme.bodies.scenes import letter, received, service, vendor
from tests.services.programme.running import NOW, Api
from tools.demo.measures import percentile
from tools.embedded.postgres import EmbeddedPostgres

CENTRES: Final = 40_000
TODAY: Final = NOW.date()
DISTRICT, UPAZILA, CITY = "2015", "201981", "30262500"
KINDS: Final = {
    "power_backup": '{"minutes": 120}', "line": '{"down_kbit_s": 900, "round_trip_ms": 90}',
    "devices": '{"count": 3}', **dict.fromkeys(
        ("printer", "premises", "prices", "price_list", "test_application", "complaint_line"),
        '{"passed": true}',
    ),
}  # fmt: skip
_FILL: Final = (
    "INSERT INTO area_stages SELECT area, 'open', $1 FROM unnest($2::text[]) AS area",
    """
    INSERT INTO stage_facts
    SELECT area, 'open', $1, 'all is there', '{staff:a,staff:b}' FROM unnest($2::text[]) AS area
    """,
)
_PEOPLE: Final = """
INSERT INTO people
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n <= 100000 THEN 'uddokta' ELSE 'officer' END,
       CASE WHEN n <= 100000 THEN 'c' || lpad((n % 40000)::text, 5, '0') END,
       CASE WHEN n > 100000 THEN 'minland' END, true, now()
  FROM generate_series(1, 120000) AS n;
INSERT INTO training_sessions
SELECT ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'cyber_security', 1,
       'uddokta', date '2026-06-30' + (n % 400 - 370), 'hall', '2015', NULL,
       '01900000-0000-7000-8000-000000000000', 25, 'test', now()
  FROM generate_series(1, 4000) AS n;
INSERT INTO training_seats
SELECT ('01910000-0000-7000-8000-' || lpad(to_hex((n - 1) / 25 + 1), 12, '0'))::uuid,
       ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), now(), 'staff:a'
  FROM generate_series(1, 100000) AS n;
INSERT INTO training_tests
SELECT ('01920000-0000-7000-8000-' || right(holder_id::text, 12))::uuid, session_id, holder_id,
       'staff:a', now(), 20, 'staff:a', now() FROM training_seats;
INSERT INTO qualifications
SELECT right(test_id::text, 12), test_id, holder_id, 'uddokta', 'cyber_security', 1,
       date '2026-01-01', date '2027-12-31' FROM training_tests;
INSERT INTO counts
SELECT date '2026-06-30' - day, 'S' || lpad(service::text, 3, '0'), 'minland', metric, 7
  FROM generate_series(0, 400) AS day, generate_series(1, 81) AS service,
       unnest(ARRAY['submitted', 'assisted', 'approved', 'refused', 'in_time', 'late', 'overdue',
              'withdrawn', 'correction_requested', 'rated_4', 'rated_2', 'days_1', 'days_3',
              'days_7', 'days_15', 'days_30', 'days_60', 'days_90']) AS metric;
INSERT INTO recounted_days
SELECT date '2026-06-30' - day, now() FROM generate_series(1, 400) AS day;
INSERT INTO recounts SELECT day, public_service_id, number FROM counts
 WHERE metric = 'submitted' AND day < '2026-06-30';
UPDATE people SET office_id = 'office ' || right(holder_id::text, 3),
       office_area = CASE WHEN right(holder_id::text, 1) = '1' THEN '2015' ELSE '3026' END
 WHERE audience = 'officer';
INSERT INTO assistance_counts
SELECT place, date '2026-06-30' - day, 'S' || lpad(service::text, 3, '0'), metric, 3
  FROM (SELECT 'centre ' || service_centre_id AS place, 1 AS services FROM centres
         WHERE area = '201981'
        UNION ALL SELECT unnest(ARRAY['country', '2015', '201981']), 81) AS places,
       generate_series(0, 40) AS day, generate_series(1, services) AS service,
       unnest(ARRAY['used', 'cost_130', 'charge_30', 'revoked', 'complaint_rude']) AS metric;
INSERT INTO body_questions (question_id, body, asked_by, question, asked_at)
SELECT gen_random_uuid(), 'minland', 'focal_point', 'How?', timestamptz '2026-06-01'
  FROM generate_series(1, 5000);
"""
READ: Final = (
    "areas", f"areas?within={DISTRICT}", f"areas?within={DISTRICT}&stage=open", "areas?q=pur",
    "areas?q=pur&stage=planned", "areas/3026", f"areas/{DISTRICT}", f"areas/{UPAZILA}",
    f"areas/{CITY}", f"areas/{CITY}-01", "centres/c00100/measures", "pilot", "bodies",
    "bodies?show=league", "bodies/minland", "bodies/minland/focal-points",
    "bodies/minland/reminders", "bodies/minland/extensions", "figures", "figures/weeks",
    f"figures/weeks/{date(2026, 6, 13)}", "stuck",
)  # fmt: skip
OTHERS: Final = (
    "/v1/training/courses", "/v1/training/sessions", "/v1/training/seats",
    "/v1/training/sessions/01910000-0000-7000-8000-000000000100",
    "/v1/programme/questions?show=late", "/v1/questions", "/v1/progress", "/v1/progress/minland",
    "/v1/open-data", f"/v1/open-data/{date(2026, 6, 13)}/services.csv",
)  # fmt: skip


async def fill(dsn: str) -> None:
    """Store the country."""
    places = [code for top in children(None) for code in (top.code, *below(top.code))]
    wards = [trail(code) for code in places if "-" in code][:CENTRES]
    connection = await asyncpg.connect(dsn)
    for statement in _FILL:
        await connection.execute(statement, NOW, places)
    ids = [f"c{number:05}" for number in range(CENTRES)]
    rows = []
    for centre, around in zip(ids, wards, strict=True):
        union = around[2] if len(around) == 4 else None
        ward = int(around[-1].rpartition("-")[2])
        rows.append((centre, "কেন্দ্র", "Centre", around[1], union, ward, "running", NOW))
    await connection.copy_records_to_table("centres", records=rows)
    await connection.execute(
        """
        INSERT INTO measures
        SELECT gen_random_uuid(), 'centre ' || id, kind, $3::date - n * 60, content,
               'seen by the programme officer of the district', 'staff:a', $4
          FROM unnest($1::text[]) AS id, json_each_text($2::json) AS kinds (kind, content),
               generate_series(0, 1) AS n
        """,
        ids,
        json.dumps(KINDS),
        TODAY,
        NOW,
    )
    await connection.execute(
        """
        INSERT INTO newest_measures
        SELECT place, kind, measure_id, day, recorded_at, day + 90 FROM measures WHERE day = $1
        """,
        TODAY,
    )
    await connection.execute(_PEOPLE)
    await connection.execute("ANALYZE")
    await connection.close()


async def record(database: Database, count: int) -> None:
    """Record facts about all bodies over two years, and take the snapshots of the weeks."""
    ids = [body.body_id for body in bodies()]
    services = [f"S{number:03}" for number in range(1, 82)]
    added = []
    for number in range(count):
        day, body = TODAY - timedelta(days=number % 730), ids[number % len(ids)]
        added.append(
            [
                service(day, services[number % 81], body=ids[number % 81 % 40]),
                letter(day, day + timedelta(days=20), body=body),
                received(day, "S001", body=body),
                vendor(day, body=body),
            ][number % 4]
        )
    async with database.transaction() as tx:
        await facts.lock_version(tx)
        await facts.insert_facts(tx, added)
        days = [(name, TODAY - timedelta(days=days)) for name in services for days in range(200)]
        await facts.insert_decided_days(tx, days)
        await facts.raise_version(tx)
    async with database.transaction() as tx:
        await take(tx, Overview(), NOW)


def cpu_s(process: int) -> float:
    """CPU time of a process and those that it has started, as far as they run, in seconds."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            fields = path.read_text().rpartition(")")[2].split()
            if process in {int(path.parent.name), int(fields[1])}:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def measure(app: ASGIApp, path: str, calls: int, server: int) -> dict[str, Any]:
    """Call a route many times, after the first time, which reads what is kept in memory."""
    headers = {"authorization": "Bearer salma programme"}
    answer = await ask(app, "GET", path, headers=headers)
    assert answer.status == 200, (path, answer.body)
    took_ms: list[float] = []
    here_s, there_s = time.process_time(), cpu_s(server)
    for _ in range(calls):
        begun_s = time.perf_counter()
        await ask(app, "GET", path, headers=headers)
        took_ms.append((time.perf_counter() - begun_s) * 1000)
    here_s, there_s = time.process_time() - here_s, cpu_s(server) - there_s
    took_ms.sort()
    return {
        "path": path,
        "p50": round(percentile(took_ms, 0.5) or 0, 1),
        "p99": round(percentile(took_ms, 0.99) or 0, 1),
        "cpu": round(here_s * 1000 / calls, 1),
        "postgres": round(there_s * 1000 / calls, 1),
        "kB": round(len(answer.body) / 1000, 1),
    }


async def run(paths: Sequence[str], calls: int, recorded: int) -> None:
    """Fill a database, and print what each operation takes."""
    with server_folder("country") as folder:
        async with EmbeddedPostgres(folder, durable=False) as server:
            dsn = await server.ensure_database("programme", "only-for-tests")
            await migrate(server.owner_dsn("programme"), "programme")
            await fill(server.dsn("programme"))
            database = Database(dsn, connections=4, cipher=make_cipher())
            await database.open()
            try:
                await record(database, recorded)
                app = Api(database).app()
                gc.collect()
                gc.freeze()  # as a service does
                gc.set_threshold(100_000, 20, 50)
                for path in paths:
                    found = await measure(app, path, calls, server.pid or 0)
                    typer.echo(json.dumps(found))
            finally:
                await database.close()


def main(
    calls: Annotated[int, typer.Option(help="Of each operation")] = 200,
    recorded: Annotated[int, typer.Option(help="Facts about bodies")] = 5_000,
    only: Annotated[str, typer.Option(help="Part of the paths that are called")] = "",
) -> None:
    """Measure, and print what was found, a line of JSON for each operation."""
    configure("load", "ERROR")
    paths = [*(f"/v1/programme/{path}" for path in READ), *OTHERS]
    asyncio.run(run([path for path in paths if only in path], calls, recorded))


if __name__ == "__main__":
    typer.run(main)
