import base64
import hashlib
import re
import stat
from pathlib import Path

from tools.embedded.files import write_whole
from tools.embedded.kafka_accounts import Accounts, ensure_accounts


def test_accounts_stay_from_start_to_start(tmp_path: Path) -> None:
    """The broker's data has the passwords of the first start."""
    first = ensure_accounts(tmp_path / "accounts.json")
    assert ensure_accounts(tmp_path / "accounts.json") == first
    assert len({first.operators, first.brokers}) == 2
    assert ensure_accounts(tmp_path / "others.json").operators != first.operators


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """Also if a readable file was there before."""
    path = tmp_path / "accounts.json"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.read_text() for each in tmp_path.iterdir()] == ["new"]


def test_a_password_is_salted_as_scram_has_it() -> None:
    """Kafka gets the salted password of RFC 5802, with a new salt each time."""
    accounts = Accounts(operators="one", brokers="two")
    line, again = accounts.scram()[0], accounts.scram()[0]
    assert line != again
    found = re.fullmatch(
        r'SCRAM-SHA-512=\[name=operators,iterations=4096,salt="(.+)",saltedpassword="(.+)"\]', line
    )
    assert found is not None
    salt, salted = map(base64.b64decode, found.groups())
    assert salted == hashlib.pbkdf2_hmac("sha512", b"one", salt, 4096)


def test_the_security_settings_have_four_names() -> None:
    """Other tools read them from state.json."""
    assert Accounts(operators="one", brokers="two").security() == {
        "protocol": "SASL_PLAINTEXT",
        "mechanism": "SCRAM-SHA-512",
        "username": "operators",
        "password": "one",
    }
