"""Messages with one-time codes."""

from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from services.notifications.codes import consumers, use_cases


def capability(resources: Resources, *, tidy_every_s: float) -> Capability:
    """Make the capability."""
    closer = Periodic(
        "close expired codes",
        in_transaction(resources.database, use_cases.close_expired_codes),
        every_s=tidy_every_s,
    )
    return Capability("codes", consumers=consumers.router, components=[closer])
