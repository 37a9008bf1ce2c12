from pathlib import Path

from tools.embedded.postgres_settings import initdb_options, server_options


def test_committed_means_on_disk() -> None:
    """The embedded server is as durable as the real one."""
    options = server_options(Path("/data"), 20_001)
    assert {"fsync=on", "synchronous_commit=on", "full_page_writes=on"} <= set(options)


def test_order_of_texts_depends_on_no_system_library() -> None:
    """An index stays right when the system is updated."""
    options = initdb_options(Path("/data"), Path("/password"), "postgres")
    assert {"--locale-provider=builtin", "--encoding=UTF8"} <= set(options)
