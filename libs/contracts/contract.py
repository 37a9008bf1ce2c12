"""The base of all models of contracts."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A model that services exchange.

    It is built when it is first used: a service uses some of those that it imports, and to build
    them all was a tenth of each start.
    """

    model_config = ConfigDict(defer_build=True)
