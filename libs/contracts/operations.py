"""Old name of `libs.contracts.dead_letters`; to be deleted when nothing imports it."""

from libs.contracts.dead_letters import *  # noqa: F403
