import base64
import hashlib
import re
import stat
from pathlib import Path

from tools.embedded.files import write_whole
from tools.embedded.kafka_accounts import Accounts, kept_accounts


def test_accounts_stay_from_start_to_start(tmp_path: Path) -> None:
    """The broker's data knows the passwords of its first start."""
    first = kept_accounts(tmp_path / "accounts.json")
    assert kept_accounts(tmp_path / "accounts.json") == first
    assert len({first.operators, first.brokers}) == 2
    assert kept_accounts(tmp_path / "others.json").operators != first.operators


def test_only_the_owner_may_read_what_is_private(tmp_path: Path) -> None:
    """Also where a file that all could read stood before."""
    path = tmp_path / "accounts.json"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.read_text() for each in tmp_path.iterdir()] == ["new"]


def test_a_password_is_salted_as_scram_has_it() -> None:
    """What Kafka is given is worked out from the password, with a salt of its own each time."""
    accounts = Accounts(operators="one", brokers="two")
    line, again = accounts.scram()[0], accounts.scram()[0]
    assert line != again
    found = re.fullmatch(
        r'SCRAM-SHA-512=\[name=operators,iterations=4096,salt="(.+)",saltedpassword="(.+)"\]', line
    )
    assert found is not None
    salt, salted = map(base64.b64decode, found.groups())
    assert salted == hashlib.pbkdf2_hmac("sha512", b"one", salt, 4096)


def test_an_operator_logs_in_with_what_state_json_says() -> None:
    """Outside tools rely on these four names."""
    assert Accounts(operators="one", brokers="two").security() == {
        "protocol": "SASL_PLAINTEXT",
        "mechanism": "SCRAM-SHA-512",
        "username": "operators",
        "password": "one",
    }
