import asyncpg

from tools.embedded.errors import EmbeddedStackFailed

ONE_AT_A_TIME = 0x6E61676F  # the advisory lock under which roles and databases are made

EXISTS_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = $1"
OWNER = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1"
MAKE_ROLE = "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)"
CHANGE_PASSWORD = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"  # noqa: S105
MAKE_DATABASE = "SELECT format('CREATE DATABASE %I OWNER %I', $1::text, $2::text)"
GIVE_ALL = "SELECT format('REASSIGN OWNED BY %I TO %I', $1::text, $2::text)"
OPEN_DATABASE = "SELECT format('GRANT CONNECT ON DATABASE %I TO %I', $1::text, $1::text)"
CLOSE_DATABASE = "SELECT format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', $1::text)"
COMMON_DATABASES = ("postgres", "template1")


def owner_of(name: str) -> str:
    """Return the role that owns a database."""
    return f"{name}_owner"


async def ensure_database(superuser_dsn: str, name: str, password: str) -> None:
    """Give a service a database of its own that no other service can enter, and two roles.

    The role `name` may connect; `owner_of(name)` owns the database and runs the migrations.

    Args:
        superuser_dsn: the server, as a role that may make roles and databases.
        name: of the database and the service's role; what exists is kept.
        password: of both roles from now on.

    Raises:
        EmbeddedStackFailed: the name is one of the server's own.
    """
    if name.startswith("pg_") or name in {*COMMON_DATABASES, "template0"}:
        raise EmbeddedStackFailed(f"{name} belongs to the server", remedy="choose another name")
    connection = await asyncpg.connect(superuser_dsn, database="postgres")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        for role in (name, owner_of(name)):
            await _ensure_role(connection, role, password)
        owner = await connection.fetchval(OWNER, name)
        if owner == name:  # made before databases had owners of their own
            await _give_to_the_owner(superuser_dsn, name)
        if owner is None:
            await connection.execute(await connection.fetchval(MAKE_DATABASE, name, owner_of(name)))
        for closed in (name, *COMMON_DATABASES):
            await connection.execute(await connection.fetchval(CLOSE_DATABASE, closed))
        await connection.execute(await connection.fetchval(OPEN_DATABASE, name))
    finally:
        await connection.close()


async def _ensure_role(connection: asyncpg.Connection, name: str, password: str) -> None:
    exists = await connection.fetchval(EXISTS_ROLE, name) is not None
    statement = CHANGE_PASSWORD if exists else MAKE_ROLE
    await connection.execute(await connection.fetchval(statement, name, password))


async def _give_to_the_owner(superuser_dsn: str, name: str) -> None:
    """Give the database and tables of the service's role to the owner."""
    connection = await asyncpg.connect(superuser_dsn, database=name)
    try:
        await connection.execute(await connection.fetchval(GIVE_ALL, name, owner_of(name)))
    finally:
        await connection.close()
