"""Programs that are not ours check papers, with the page of documentation and the API's answers.

A paper is downloaded, printed badly, photographed and read; then the commands of
`docs/checking-papers.md` run: Web Crypto in Node, and OpenSSL.
"""

import base64
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pikepdf
import pytest

from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from services.issuance.downloads.rules import claims_of, drawing_of
from services.issuance.drawing.worker import draw
from services.issuance.erasure.use_cases import erase_citizen
from services.issuance.keys.signer import PaperSigner
from tests.docs.shell import CHECKOUT, shell
from tests.peers.node import NODE
from tests.services.issuance.running import Api
from tests.services.issuance.scenes import (
    FIELDS,
    NOW,
    NUMBER,
    RAHIMA,
    SIGNER,
    codes_of,
    granted,
    in_place_of,
    issued,
    own_papers,
    parts_of,
    photographed,
    revoked,
)

PAGE: Final = (CHECKOUT / "docs" / "checking-papers.md").read_text(encoding="utf-8")
ONLINE, FETCHING, OPENSSL = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
(PROGRAM,) = re.findall(r"^```js\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
LIST: Final = f"/v1/applications/{NUMBER}/papers"


class Checker:
    """A stranger with the page, the answers of the API, and no program of ours.

    Args:
        api: asked without a login.
        folder: of the stranger.
    """

    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self._folder = folder
        (folder / "check.mjs").write_text(PROGRAM, encoding="utf-8")

    async def fetch(self, body: str = "lgd") -> None:
        """Fetch keys and list, by the commands of the page."""
        for path in ("/v1/paper-keys", f"/v1/ended-papers/{body}"):
            await self._put(path)
        await shell(FETCHING, self._folder, gateway=self._gateway, body=body)

    async def ask(self, number: str) -> dict[str, Any]:
        """Ask for a number, by the command of the page."""
        await self._put(f"/v1/papers/{number}")
        told: dict[str, Any] = json.loads(
            await shell(ONLINE, self._folder, gateway=self._gateway, number=number)
        )
        return told

    async def check(self, token: str) -> dict[str, Any]:
        """Check a token without asking anybody."""
        command = f"{NODE} check.mjs '{token}' keys.json ended.json"
        told: dict[str, Any] = json.loads(await shell(command, self._folder))
        return told

    async def verified_by_openssl(self, token: str) -> bool:
        """Whether OpenSSL finds the signature right."""
        try:
            return "Verified OK" in await shell(OPENSSL, self._folder, token=token)
        except AssertionError as failed:
            assert "Verification failure" in str(failed)  # noqa: PT017
            return False

    @property
    def _gateway(self) -> str:
        return f"file://{self._folder}"

    async def _put(self, path: str) -> None:
        answer = await self._api.get(path)
        assert answer.status == 200
        place = self._folder / path.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(answer.body)


async def downloaded(api: Api, number: str) -> bytes:
    """A paper as its citizen downloads it."""
    answer = await api.get(f"{LIST}/{number}/content", RAHIMA)
    assert answer.status == 200
    return answer.body


def changed(token: str, **claims: str) -> str:
    """A token that says something else, with the signature of what it said."""
    head, said, signature = token.split(".")
    before = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    after = base64.urlsafe_b64encode(orjson.dumps({**before, **claims})).decode().rstrip("=")
    return f"{head}.{after}.{signature}"


async def test_a_photographed_paper_is_checked_by_others(
    database: Database, tmp_path: Path
) -> None:
    """Both codes are read; the token is verified, and the data in the file are what it says."""
    await issued(database, granted(last_day=date(2099, 6, 30)))
    api = Api(database)
    (paper,) = await own_papers(database)
    drawn = await downloaded(api, paper.number)
    link, signed = codes_of(photographed(drawn))
    assert link.endswith(f"/check/{paper.number}")
    checker = Checker(api, tmp_path)
    await checker.fetch()
    token = signed.removeprefix(f"{link}#")
    told = await checker.check(token)
    assert (told["issued"], told["body"], told["state"]) == (True, "lgd", "valid")
    assert await checker.verified_by_openssl(token)
    assert (await checker.ask(paper.number))["holds"] is True
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        data = json.loads(pdf.attachments["decision.json"].get_file().read_bytes())
    assert told["claims"] == {
        "n": data["number"],
        "t": data["template"].partition("@")[0],
        "s": data["public_service_id"],
        "d": "2026-03-01",
        "h": data["fields"]["name_bn"],
        "i": data["fields"]["nid"][-4:],
        "u": data["last_day"],
    }


async def test_a_changed_or_copied_code_is_found(database: Database, tmp_path: Path) -> None:
    """Another name, another day, half of two codes; one that was copied has another number."""
    await issued(database, granted(), granted(fields={**FIELDS, "name_bn": "সালমা"}))
    api = Api(database)
    first, second = await own_papers(database)
    one, two = [
        codes_of(photographed(await downloaded(api, paper.number)))[1].partition("#")[2]
        for paper in (first, second)
    ]
    checker = Checker(api, tmp_path)
    await checker.fetch()
    head, said, _ = one.split(".")
    for wrong in (
        changed(one, h="সালমা খাতুন"),
        changed(one, d="2020-01-01"),
        f"{head}.{said}.{two.split('.')[2]}",
    ):
        assert await checker.check(wrong) == {"issued": False, "why": "changed"}
        assert not await checker.verified_by_openssl(wrong)
    copied = await checker.check(one)
    assert copied["claims"]["n"] == first.number != second.number


async def test_ended_papers_are_found_with_and_without_the_internet(
    database: Database, tmp_path: Path
) -> None:
    """Withdrawn, replaced, expired; an old list says until when it is complete."""
    kept, withdrawn, replaced = granted(), granted(), granted()
    expired = granted(last_day=date(2026, 3, 1))
    await issued(database, kept, withdrawn, replaced, expired)
    api = Api(database, now=NOW + timedelta(days=2))
    numbers = {paper.paper_id: paper.number for paper in await own_papers(database)}
    tokens = {
        number: codes_of(photographed(await downloaded(api, number)))[1].partition("#")[2]
        for number in numbers.values()
    }
    checker = Checker(api, tmp_path)
    await checker.fetch()
    await issued(database, revoked(withdrawn), in_place_of(replaced))
    number = numbers[withdrawn.event_id]
    before = await checker.check(tokens[number])
    assert before["state"] == "valid"
    await checker.fetch()
    for event, state in (
        (kept, "valid"),
        (withdrawn, "withdrawn"),
        (replaced, "replaced"),
        (expired, "expired"),
    ):
        number = numbers[event.event_id]
        told = await checker.check(tokens[number])
        assert (told["issued"], told["state"]) == (True, state)
        assert (await checker.ask(number))["state"] == state
        assert told["until"] >= before["until"]


async def test_a_paper_of_last_year_is_checked_by_last_years_key(
    database: Database, tmp_path: Path
) -> None:
    """And a list is signed by the key of this one."""
    await issued(database, granted())
    api = Api(database, now=NOW + timedelta(days=400))
    (paper,) = await own_papers(database)
    token = codes_of(photographed(await downloaded(api, paper.number)))[1].partition("#")[2]
    checker = Checker(api, tmp_path)
    await checker.fetch()
    told = await checker.check(token)
    assert (told["issued"], told["until"][:4]) == (True, "2027")
    assert await checker.verified_by_openssl(token)
    keys = json.loads((tmp_path / "keys.json").read_bytes())["keys"]
    this_year = [key for key in keys if key["year"] == 2027]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": this_year}))
    assert await checker.check(token) == {"issued": False, "why": "no key of a body"}


async def test_a_paper_drawn_while_its_keys_rotate_is_checked(
    database: Database, tmp_path: Path
) -> None:
    """One replica has the new secret and another not yet: both papers are right, by one key set."""
    await issued(database, granted())
    api = Api(database)
    (paper,) = await own_papers(database)
    new = PaperSigner(["another-secret-another-secret-123", *SIGNER.secrets])
    checker = Checker(api, tmp_path)
    await checker.fetch()
    (tmp_path / "keys.json").write_text(new.public_keys([("lgd", 2026)]).model_dump_json())
    kids = set()
    for signer in (SIGNER, new):
        drawn = draw(drawing_of(paper, "x", signer.sign("lgd", 2026, claims_of(paper))))
        token = codes_of(photographed(drawn))[1].partition("#")[2]
        told = await checker.check(token)
        assert (told["issued"], told["state"]) == (True, "valid")
        assert await checker.verified_by_openssl(token)
        kids.add(parts_of(token)[0]["kid"])
    assert len(kids) == 2


async def test_a_list_is_no_paper_and_a_stranger_no_body(
    database: Database, tmp_path: Path
) -> None:
    """Whoever signs with a key of her own under our name is found, and so is a list as a code."""
    await issued(database, granted())
    (paper,) = await own_papers(database)
    checker = Checker(Api(database), tmp_path)
    await checker.fetch()
    listed = json.loads((tmp_path / "ended.json").read_bytes())["signed"]
    assert await checker.check(listed) == {"issued": False, "why": "no paper"}
    stranger = PaperSigner(["of-a-stranger-of-a-stranger-of-a-s"])
    forged = stranger.sign("lgd", 2026, {"n": paper.number})
    assert await checker.check(forged) == {"issued": False, "why": "no key of a body"}
    head = SIGNER.sign("lgd", 2026, {}).split(".")[0]
    under_our_name = ".".join([head, *forged.split(".")[1:]])
    assert await checker.check(under_our_name) == {"issued": False, "why": "changed"}


@pytest.mark.parametrize("alg", ["none", "HS256"])
async def test_a_token_does_not_choose_how_it_is_checked(
    alg: str, database: Database, tmp_path: Path
) -> None:
    """No signature, or one by the public key as a secret, is none (RFC 8725)."""
    await issued(database, granted())
    checker = Checker(Api(database), tmp_path)
    await checker.fetch()
    kid = json.loads((tmp_path / "keys.json").read_bytes())["keys"][0]["kid"]
    head = base64.urlsafe_b64encode(orjson.dumps({"alg": alg, "kid": kid})).decode().rstrip("=")
    assert (await checker.check(f"{head}.e30."))["issued"] is False


async def test_the_paper_of_an_erased_citizen_is_checked(
    database: Database, tmp_path: Path
) -> None:
    """Whoever holds it has a right signature; the API says that it holds, and names nobody."""
    await issued(database, granted())
    api = Api(database)
    (paper,) = await own_papers(database)
    token = codes_of(photographed(await downloaded(api, paper.number)))[1].partition("#")[2]
    checker = Checker(api, tmp_path)
    assert (await checker.ask(paper.number))["initials"] == "র.খ."
    async with database.transaction() as tx:
        erased = CitizenErased(citizen_id=RAHIMA, occurred_at=NOW)
        await erase_citizen(tx, erased, at=NOW)
    await checker.fetch()
    assert (await checker.check(token))["issued"] is True
    told = await checker.ask(paper.number)
    assert (told["holds"], told["initials"]) == (True, None)
