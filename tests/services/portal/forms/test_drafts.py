"""What was typed is kept while the gateway is away, a window is open, or a form changes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from libs.ids import new_id
from tests.libs.pages.running import away
from tests.services.portal.running import (
    Stored,
    draft,
    draft_changed,
    logged_in,
    portal,
    well,
)


async def test_all_answers_are_kept_while_the_gateway_is_away(unused_tcp_port: int) -> None:
    """The page of the failure has everything that was typed, and offers to send it again."""
    typed = {"name_bn": 'রহিমা "খাতুন" <b>', "identity_kind": "nid", "nid": "১২৩"}
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = away
        for _ in range(2):
            page = await scene.browser.send(page, page.form("name_bn"), typed)
            assert page.status == 503
            kept = page.form("name_bn").fields
            assert {name: kept[name] for name in typed} == typed
        assert page.title.startswith("সেবা এখন পাওয়া যাচ্ছে না")


async def test_a_control_character_becomes_a_space(unused_tcp_port: int) -> None:
    """A line break inside a paragraph, copied from a word processor, is no reason to refuse."""
    saved: list[Any] = []

    async def saving(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("/checks"):
            return web.json_response({"errors": []})
        if request.path.startswith("/v1/drafts/") and request.method == "POST":
            saved.append(json.loads(await request.read())["answers"]["typed"])
        return await well(request)

    async with portal(saving, unused_tcp_port) as scene:
        page = await logged_in(scene)
        await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা\x0bখাতুন"})
    assert saved[0]["name_bn"] == "রহিমা খাতুন"


@pytest.mark.parametrize(
    ("status", "typed"),
    [(400, {f"field_{n}": "" for n in range(2_001)}), (413, {"name_bn": "x" * 300_000})],
    ids=["many fields", "too large"],
)
async def test_a_form_that_was_not_read_is_not_offered_again(
    status: int, typed: Mapping[str, str], unused_tcp_port: int
) -> None:
    """Sent without its fields, it would erase the answers that are stored."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        refused = await scene.browser.send(page, page.form("name_bn"), typed)
    assert (refused.status, refused.forms) == (status, [])
    assert page.path in refused.links


async def test_a_form_that_changed_is_told_and_asked_again(unused_tcp_port: int) -> None:
    """What was typed stays; each section is to be gone through once more."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        saved: list[Any] = []

        async def old(request: web.BaseRequest) -> web.Response:
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                saved.append(json.loads(await request.read()))
            version = saved[-1]["form_version"] if saved else 0
            return draft(draft_id, 1 + len(saved), version, name_bn="রহিমা")

        scene.play = old
        told = await scene.browser.open(page.path)
        assert told.path == f"/apply/S002/{draft_id}"
        assert "ফরমটি বদলেছে" in told.text
        again = await scene.browser.send(told, told.forms[0])
        assert again.form("name_bn").fields["name_bn"] == "রহিমা"
        [body] = saved
        assert (body["form_version"], body["answers"]["seen"]) == (1, [])
        assert body["answers"]["typed"] == {"name_bn": "রহিমা"}


async def test_two_windows_do_not_write_over_each_other(unused_tcp_port: int) -> None:
    """A section that was changed elsewhere meanwhile is read again, and both changes are kept."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        saved: list[Any] = []

        async def busy(request: web.BaseRequest) -> web.Response:
            if request.path.endswith("/checks"):
                return web.json_response({"errors": []})
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                saved.append(json.loads(await request.read()))
                if len(saved) == 1:
                    return draft_changed()
            revision = 1 if not saved else 5
            return draft(draft_id, revision, description="অন্য জানালা" if saved else "")

        scene.play = busy
        typed = {"name_bn": "রহিমা", "identity_kind": "nid", "nid": "১২৩৪৫৬৭৮৯০"}
        await scene.browser.send(page, page.form("name_bn"), typed)
    assert [body["revision"] for body in saved] == [1, 5]
    kept = saved[-1]["answers"]["typed"]
    assert kept == {**typed, "description": "অন্য জানালা"}


@dataclass
class Deleted:
    """A gateway with one draft, which another window deletes.

    Args:
        form_version: of the draft.
        saved: what was stored of it.
        gone: whether it is deleted.
        conflicts: whether it is changed, and deleted, just before it is stored.
    """

    form_version: int = 1
    saved: list[Any] = field(default_factory=list)
    gone: bool = False
    conflicts: bool = False

    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        if request.path.endswith("/checks"):
            return web.json_response({"errors": []})
        if not request.path.startswith("/v1/drafts/"):
            return await well(request)
        if request.method == "POST":
            self.saved.append(json.loads(await request.read()))
            if self.conflicts and not self.gone:
                self.gone = True
                return draft_changed()
        elif self.gone:
            return await well(request)
        return draft(request.path.split("/")[3], 1, self.form_version, name_bn="রহিমা")


@pytest.mark.parametrize("place", ["section", "steps", "check", "conflict"])
async def test_a_draft_that_another_window_deleted_is_not_stored_again(
    place: str, unused_tcp_port: int
) -> None:
    """No page that shows it makes a new one of it, neither with its own answers nor without."""
    gateway = Deleted(form_version=0 if place == "steps" else 1, conflicts=place == "conflict")
    async with portal(well, unused_tcp_port) as scene:
        first = (await logged_in(scene)).path
        above = first.partition("/steps/")[0]
        scene.play = gateway.play
        pages = {"steps": above, "check": f"{above}/check"}
        page = await scene.browser.open(pages.get(place, first))
        gateway.gone = place != "conflict"
        control = {"steps": "", "check": "key"}.get(place, "name_bn")
        told = await scene.browser.send(page, page.form(control))
    assert told.status == 404
    assert len(gateway.saved) == (1 if place == "conflict" else 0)


@pytest.mark.parametrize("is_stored", [False, True])
async def test_the_address_of_a_deleted_draft_says_that_it_is_gone(
    unused_tcp_port: int, *, is_stored: bool
) -> None:
    """Of one in which something was written once; one that was just begun is empty until then."""
    gateway = Stored()
    async with portal(gateway.play, unused_tcp_port) as scene:
        page = await logged_in(scene)
        above = page.path.partition("/steps/")[0]
        addresses = [page.path, above, f"{above}/check"]
        if is_stored:
            await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
            gateway.answers, gateway.revision = None, 0  # deleted, here or elsewhere
        for address in addresses:
            page = await scene.browser.open(address)
            assert page.status == (404 if is_stored else 200)
            assert ("/apply/S002" in page.links) is is_stored
        stranger = await scene.browser.open(f"/apply/S002/{new_id()}")
        assert stranger.status == 404


async def test_what_was_typed_goes_along_to_the_other_language(unused_tcp_port: int) -> None:
    """The switch of a page with questions saves them as they are, right or not."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        typed: dict[str, str] = {}

        async def with_draft(request: web.BaseRequest) -> web.Response:
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                typed.update(json.loads(await request.read())["answers"]["typed"])
            return draft(draft_id, 1, 1, **typed)

        scene.play = with_draft
        [address] = re.findall(r'formaction="([^"]*)" name="switch"', page.html)
        form = replace(page.form("name_bn"), action=address)
        page = await scene.browser.send(
            page, form, {"name_bn": "রহি", "identity_kind": "nid", "switch": "yes"}
        )
    assert (page.status, page.path) == (200, f"/en/apply/S002/{draft_id}/steps/person")
    kept = page.form("name_bn").fields
    assert (kept["name_bn"], kept["identity_kind"]) == ("রহি", "nid")


@pytest.mark.parametrize("begins", ["new", "stored"])
@pytest.mark.parametrize("keeps", ["mine", "theirs"])
async def test_a_page_that_another_window_has_answered_shows_both_answers_and_asks(
    keeps: str, begins: str, unused_tcp_port: int
) -> None:
    """Nothing is overwritten before somebody has chosen; what is equal is not asked."""
    gateway = Stored()
    typed = {"name_bn": "রহিমা", "identity_kind": "nid", "nid": "১২৩৪৫৬৭৮৯০"}
    async with portal(gateway.play, unused_tcp_port) as scene:
        page = await logged_in(scene)
        if begins == "stored":
            await scene.browser.send(page, page.form("name_bn"), {"name_bn": "খাতুন"})
        here, there = [await scene.browser.open(page.path) for _ in range(2)]
        again = await scene.browser.open(page.path)
        await scene.browser.send(there, there.form("name_bn"), typed)
        told = await scene.browser.send(
            here, here.form("name_bn"), {**typed, "name_bn": "রহিমা বেগম", "nid": ""}
        )
        assert (told.status, gateway.typed) == (409, typed)
        assert "সেখানে রাখা: রহিমা এখানে লেখা: রহিমা বেগম" in told.text
        assert "সেখানে রাখা: ১২৩৪৫৬৭৮৯০ এখানে লেখা: উত্তর নেই" in told.text
        if keeps == "mine":
            assert told.form("name_bn").fields["name_bn"] == "রহিমা বেগম"
            await scene.browser.send(told, told.form("name_bn"))
            assert gateway.typed == {"name_bn": "রহিমা বেগম", "identity_kind": "nid"}
        else:
            assert page.path in told.links
            same = await scene.browser.send(again, again.form("name_bn"), typed)
            assert (same.status, gateway.typed) == (200, typed)


async def test_a_draft_on_three_devices_keeps_what_was_answered_on_each_page(
    unused_tcp_port: int,
) -> None:
    """Different pages are no conflict; a device that shows older answers sends nothing."""
    gateway = Stored()
    async with portal(gateway.play, unused_tcp_port) as scene:
        first = (await logged_in(scene)).path
        draft_path = first.partition("/steps/")[0]
        page = await scene.browser.open(first)
        await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        person, contact = [
            await scene.browser.open(f"{draft_path}/steps/{one}") for one in ("person", "contact")
        ]
        check = await scene.browser.open(f"{draft_path}/check")
        await scene.browser.send(contact, contact.form("mobile"), {"mobile": "01712345678"})
        await scene.browser.send(person, person.form("name_bn"), {"name_bn": "রহিমা বেগম"})
        assert (gateway.typed["name_bn"], gateway.typed["mobile"]) == ("রহিমা বেগম", "01712345678")
        told = await scene.browser.send(check, check.form("key"))
        assert (told.status, gateway.sent) == (409, 0)
        assert "রহিমা বেগম" in told.text
        await scene.browser.send(told, told.form("key"))
        assert gateway.sent == 1
