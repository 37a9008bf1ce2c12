from pydantic import SecretStr

from services.ministries.keys import derived_key, keys_of
from services.ministries.settings import Settings
from tests.services.ministries.scenes import HEALTH, LAND

MASTER = "a-master-secret-for-tests"


def test_every_ministry_has_a_key_of_its_own() -> None:
    """One ministry cannot sign for another; a key of the settings replaces the derived one."""
    settings = Settings(
        ministry_secret=SecretStr(MASTER),
        ministry_keys={HEALTH: [SecretStr("newer-key"), SecretStr("older-key")]},
    )
    assert derived_key(MASTER, LAND) != derived_key(MASTER, HEALTH)
    assert keys_of(settings, LAND) == [derived_key(MASTER, LAND)]
    assert keys_of(settings, HEALTH) == ["newer-key", "older-key"]
    assert "older-key" not in repr(settings)
