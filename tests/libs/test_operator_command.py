import pytest
import typer

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.operator_command import run_command
from libs.settings import ServiceSettings

AWAY = ServiceSettings(dsn="postgresql://nobody@127.0.0.1:1/nothing")


def test_a_command_says_that_the_database_does_not_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It prints one line and no traceback; the exit status is 1."""

    async def refuse(_: Transaction) -> None:
        raise Refused("not_found")

    with pytest.raises(typer.Exit) as ended:
        run_command("identity", "disable", AWAY, refuse)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err.startswith("The database does not answer")
