from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of a service called example."""

    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")


def settings_from(folder: Path, **variables: str) -> Settings:
    """The settings that a process with these variables would have."""
    file = folder / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return Settings(_env_file=file)


def test_everything_has_a_default() -> None:
    """A service starts without any environment."""
    settings = ServiceSettings()
    assert settings.kafka_security == "PLAINTEXT"
    assert settings.replica == "0"


def test_own_knobs_have_the_services_prefix_and_shared_ones_the_platforms(
    tmp_path: Path,
) -> None:
    """What differs between services is named by the service, what they share by the platform."""
    settings = settings_from(
        tmp_path,
        EXAMPLE_DSN="postgresql://own",
        EXAMPLE_KAFKA_USER="example",
        NAGORIK_KAFKA_BOOTSTRAP="kafka:9092",
        NAGORIK_TRACE_SHARE="0.5",
    )
    assert settings.dsn == "postgresql://own"
    assert settings.kafka_user == "example"
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.trace_share == 0.5


def test_every_knob_says_what_it_does() -> None:
    """An operator reads the settings file and nothing else."""
    assert all(field.description for field in ServiceSettings.model_fields.values())


def test_what_was_given_is_in_no_error(tmp_path: Path) -> None:
    """The log of a failed start shows no password, of this setting or another."""
    with pytest.raises(ValidationError) as caught:
        settings_from(
            tmp_path, EXAMPLE_DSN="postgresql://user:a-password@host", EXAMPLE_PORT="a-port"
        )
    assert "port" in str(caught.value)
    assert "a-p" not in str(caught.value)
