"""The adapter to systems that take forms, answer in text with status 200, and are asked by a list.

Texts are in Windows-1252; a letter that it has not is written `&#2480;`. User and password are
fields of each form. Papers follow one by one; one that comes again replaces the first.

| what comes back | what it means |
| --- | --- |
| `OK|number` | taken |
| `ERR|code|text` | by `ERRORS`; any other code is tried again later |
| a row of the list `date;number;reference;state;remark` | by `STATES`; not used if it is another |
| another status than 2xx | by `statuses.failure_of` |
| anything else | `Unreadable` |
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from html import unescape
from typing import Final, Literal, TypeAlias
from urllib.parse import urlencode

from aiohttp import MultipartWriter
from typing_extensions import override

from libs.bangladesh.calendar import DHAKA
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import PolledAdapter
from services.ministries.deliveries.adapters.fields import flatten
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.responses import Action
from services.ministries.deliveries.rules import Delivery, Kind
from services.ministries.deliveries.values import Inquiry

STATES: Final[Mapping[str, Action]] = {
    "P": "received",
    "G": "approved",
    "D": "refused",
    "Q": "correction_asked",
}
ERRORS: Final[Mapping[str, Literal["not_admitted", "known", "refused"]]] = {
    "01": "not_admitted",
    "23": "known",
    "31": "refused",
}
"""`known` is a repeat, and its text the case file number."""

KINDS: Final[Mapping[Kind, str]] = {"submitted": "N", "corrected": "A", "withdrawn": "W"}
HEADING: Final = "DATE;FILE;REFERENCE;STATE;REMARK"
PAPER_DEADLINE_S: Final = 45.0

Fields: TypeAlias = Mapping[str, str]


class FormTextAdapter(PolledAdapter):
    """Hands over by `POST {address}/submit` and `/attach`, and asks by `GET {address}/list`."""

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        link = self.link
        fields = {
            **self._login(),
            "type": KINDS[delivery.kind],
            "reference": delivery.tracking_number,
            "service": delivery.public_service_id,
            **{f"form.{name}": text for name, text in flatten(delivery.form).items()},
        }
        body, media_type = _encoded(fields), "application/x-www-form-urlencoded"
        number = await self._sent("/submit", body, media_type, idempotency_key)
        for paper in link.papers.of(delivery, link.now()):
            content = await link.fetch_paper(paper)
            if content is not None:  # else it is deleted
                await self._attach(number, paper["document_id"], content, idempotency_key)
        return _decision(delivery, "received", number)

    async def _attach(self, number: str, document_id: str, content: bytes, key: str) -> None:
        form = MultipartWriter("form-data", boundary=document_id)
        fields = {**self._login(), "file": number, "name": document_id, "paper": content}
        for name, value in fields.items():
            form.append(value).set_content_disposition("form-data", name=name)
        body = await form.as_bytes()
        await self._sent("/attach", body, form.content_type, f"{key}.{document_id}")

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        link = self.link
        since = min(inquiry.since for inquiry in inquiries).astimezone(DHAKA)
        query = _encoded({**self._login(), "since": f"{since:%Y%m%d}"}).decode()
        reply = await link.get(f"/list?{query}")
        if not 200 <= reply.status < 300:
            failure = failure_of(link.ministry, reply, (), link.now())
            raise failure
        heading, *rows = _text(reply.body).splitlines() or [""]
        if heading != HEADING:
            self._number(heading)
            raise Unreadable("nonsense_answer", "no list")
        return list(_changes(inquiries, [row.split(";", 4) for row in rows]))

    async def _sent(self, path: str, body: bytes, media_type: str, key: str) -> str:
        """Send a form, and return the number in its answer; another answer is an error."""
        link = self.link
        reply = await link.post(
            path,
            body,
            key,
            deadline_s=PAPER_DEADLINE_S if path == "/attach" else None,
            Idempotency_Key=key,
            Content_Type=media_type,
        )
        if not 200 <= reply.status < 300:
            failure = failure_of(link.ministry, reply, (), link.now())
            raise failure
        return self._number(_text(reply.body).rstrip("\r\n"))

    def _number(self, answer: str) -> str:
        """Read an answer of one line.

        Raises:
            Refused: the system refuses for good.
            NotAdmitted: it does not know our login.
            Unavailable: it asks to come again.
            Unreadable: it is not what was agreed.
        """
        match answer.split("|"):
            case ["OK", number] if 0 < len(number) <= 100:
                return number
            case ["ERR", code, number] if ERRORS.get(code) == "known" and 0 < len(number) <= 100:
                return number
            case ["ERR", code, _] if ERRORS.get(code) == "refused":
                raise Refused("refused_by_ministry", code)
            case ["ERR", code, _] if ERRORS.get(code) == "not_admitted":
                raise NotAdmitted(self.link.ministry, f"error {code}")
            case ["ERR", code, _] if code not in ERRORS:
                raise Unavailable(self.link.ministry, "an error with status 200")
            case _:
                raise Unreadable("nonsense_answer", "not what was agreed")

    def _login(self) -> Fields:
        login = self.link.login
        if login is None:
            raise NotAdmitted(self.link.ministry, "no login in the settings")
        return {"user": login.user, "password": login.password.get_secret_value()}


def _changes(
    inquiries: Sequence[Inquiry], rows: Sequence[Sequence[str]]
) -> Iterator[MinistryDecision]:
    """Yield the answers in the rows; an application that is not in the list has not changed."""
    asked = {inquiry.tracking_number: inquiry for inquiry in inquiries}
    listed = {row[2] for row in rows if len(row) == 5}
    for reference in asked.keys() - listed:
        yield _decision(asked[reference], "received", None)
    for row in rows:
        # The list has applications that were not asked about, and columns that are cut off.
        with suppress(ValueError, KeyError, Unreadable):
            _, number, reference, state, remark = row
            yield _decision(asked[reference], STATES[state], number, unescape(remark))


def _decision(
    about: Delivery | Inquiry, action: Action, number: str | None, remark: str = ""
) -> MinistryDecision:
    note = Text(bn=remark, en=remark) if remark else None
    return responses.read_decision(about.application_id, action, number, note)


def _encoded(fields: Fields) -> bytes:
    return urlencode(fields, encoding="cp1252", errors="xmlcharrefreplace").encode()


def _text(body: bytes) -> str:
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable("nonsense_answer", "no Windows-1252") from None
