import pytest
from pydantic import SecretStr, ValidationError

from libs.web.signed.signatures import derived_key
from services.ministries.keys import keys_of
from services.ministries.settings import Settings
from tests.services.ministries.scenes import HEALTH, LAND

MASTER = "a-master-secret-for-tests-and-nothing-else"
NEWER, OLDER = "newer-key" * 4, "older-key" * 4


def test_every_ministry_has_a_key_of_its_own() -> None:
    """One ministry cannot sign for another; a key of the settings replaces the derived one."""
    settings = Settings(
        ministry_secret=SecretStr(MASTER),
        ministry_keys={HEALTH: [SecretStr(NEWER), SecretStr(OLDER)]},
    )
    assert derived_key(MASTER, LAND) != derived_key(MASTER, HEALTH)
    assert keys_of(settings, LAND) == [derived_key(MASTER, LAND)]
    assert keys_of(settings, HEALTH) == [NEWER, OLDER]
    assert OLDER not in repr(settings)


@pytest.mark.parametrize(
    "given",
    [
        {"ministry_secret": "s" * 31},
        {"ministry_secret": MASTER, "ministry_keys": {HEALTH: [NEWER, "s" * 31]}},
    ],
)
def test_a_short_key_is_refused(given: dict[str, object]) -> None:
    """32 characters, which are 128 random bits or more; also of each key of a ministry."""
    with pytest.raises(ValidationError, match="at least 32"):
        Settings.model_validate(given)
