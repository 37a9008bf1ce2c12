"""The ways in which work can fail: refused, unavailable, unreadable; anything else is a defect."""

from dataclasses import dataclass


class Refused(Exception):
    """The rules do not allow an action; a repeat would be refused too.

    Args:
        code: the problem's stable code, a key of `libs.contracts.problems.PROBLEMS`.
        detail: what exactly is wrong, without personal data; for operators and logs.
        pointer: JSON pointer (RFC 6901) to the field that is wrong, where there is one.
        retry_after_s: seconds after which a repeat may be allowed, where known.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        pointer: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.retry_after_s = retry_after_s


class Unavailable(Exception):
    """A dependency (database, broker, outside system) does not answer now.

    Args:
        dependency: `database`, `broker`, or the id of an outside system.
        detail: what was seen, without personal data.
        retry_after_s: seconds until a retry makes sense, where known.
    """

    def __init__(
        self, dependency: str, detail: str = "", *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(
            f"{dependency} unavailable: {detail}" if detail else f"{dependency} unavailable"
        )
        self.dependency = dependency
        self.detail = detail
        self.retry_after_s = retry_after_s


class Unanswered(Unavailable):
    """The request was sent and no answer came; its effect is unknown."""


class NotAdmitted(Unavailable):
    """Something answered, but not the destination: wrong address, key or certificate, or a proxy.

    Waiting alone does not end it, so it is counted and alerted apart.
    """


class RefusesAll(Unavailable):
    """The destination refused so many in a row alike that one more is not taken as final.

    A person has to look whether it means it; the next other answer ends this.
    """


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field: where it is, its rule, and how to correct it, in both languages."""

    pointer: str
    code: str
    message_bn: str
    message_en: str


class Unreadable(Exception):
    """The input cannot be parsed or does not have the promised shape.

    Args:
        reason: stable reason code: `not_json`, `wrong_shape`, `unknown_type`, ...
        detail: what was expected, without the content itself.
        field_errors: the fields that are wrong, where known.
    """

    def __init__(
        self, reason: str, detail: str = "", *, field_errors: tuple[FieldError, ...] = ()
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.field_errors = field_errors
