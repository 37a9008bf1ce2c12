import json

from typer.testing import CliRunner

from tests.deploy.manifests import CHECKOUT
from tools.commands.root import make_app

COMMAND = "admin identity simulate-guessing --addresses 50 --phones 10000"


def test_the_documented_simulation_prints_what_the_page_shows() -> None:
    """The page on limits names the command and shows its output."""
    result = CliRunner().invoke(make_app(), COMMAND.split())
    assert result.exit_code == 0
    shown = (CHECKOUT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert f"$ python -m services {COMMAND}\n{result.output}" in shown


def test_the_simulation_prints_one_json_object() -> None:
    """With its figures as numbers."""
    words = "admin identity simulate-guessing --addresses 2 --phones 10 --json"
    found = json.loads(CliRunner().invoke(make_app(), words.split()).output)
    assert found["sms_paid_for"] > 0
    assert 0 < found["share_guessed_in_a_day"] < 1e-4
