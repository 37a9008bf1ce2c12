"""How many papers a second one core draws, beside what typst alone takes for the same page.

`python -m tools.bench.papers` draws for as many people at once, by one process at a time, and
counts the CPU of this process and of those that drew: what others do on the machine counts less so.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from time import process_time
from typing import Any, Final

from libs.ids import new_id
from libs.opener.client import Opener
from services.issuance.drawing.drawer import Drawer
from services.issuance.drawing.worker import code, compiled

PAPERS: Final = 256
_NAME: Final = {"label": "নাম", "label_en": "Name in Bangla", "value": "রহিমা খাতুন"}
_WORDS: Final = {"bn": "নাগরিকত্ব সনদ", "en": "Citizenship certificate"}


def _drawing(number: int) -> dict[str, Any]:
    """Return what is drawn of a paper, as long as an ordinary one."""
    link = f"https://nagorik.example/check/7K4M-9PXR-{number:04d}"
    return {
        "template_version": 1,
        "title": _WORDS,
        "says": _WORDS,
        "is_illustrative": True,
        "body": _WORDS,
        "office": _WORDS,
        "post": _WORDS,
        "number": f"7K4M-9PXR-{number:04d}",
        "tracking_number": "NS-XYRKE-W8M24-RJ3H3",
        "day": [2026, 3, 1],
        "day_in_words": "১ মার্চ ২০২৬",
        "lines": [{**_NAME, "value": f"{_NAME['value']} {number}"} for _ in range(4)],
        "link": link,
        "signed": f"{link}#{'x' * 300}",
        "record": {"number": number, "fields": {"name_bn": "রহিমা খাতুন"}},
    }


def _used_s() -> float:
    """Return the CPU that this process and its ended children have used, in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def _drawn_s(at_once: int) -> float:
    """Return the seconds of CPU for a paper, of so many people who ask at the same moment."""
    drawer = Drawer(Opener(), at_once=1, wait_s=600.0)
    before = _used_s()
    for first in range(0, PAPERS, at_once):
        some = [_drawing(number) for number in range(first, first + at_once)]
        await asyncio.gather(*(drawer.draw(each, new_id()) for each in some))
    return (_used_s() - before) / PAPERS


def _typst_alone_s() -> float:
    """Return the seconds of CPU that typst takes for a page, warm, its codes given."""
    pages: list[Mapping[str, Any]] = [_drawing(number) for number in range(PAPERS)]
    codes = {name: code(pages[0][name]) for name in ("link", "signed")}
    compiled(pages[0], **codes)
    before = process_time()
    for page in pages[1:]:
        compiled(page, **codes)
    return (process_time() - before) / (PAPERS - 1)


def main() -> None:
    """Print papers a second of one core: typst alone, shared processes, and one for each paper."""
    alone_s = _typst_alone_s()
    shared_s = asyncio.run(_drawn_s(PAPERS))
    single_s = asyncio.run(_drawn_s(1))
    found = {"typst_alone": alone_s, "many_at_once": shared_s, "one_by_one": single_s}
    rates = {f"{name}_papers_per_s": round(1 / each_s, 1) for name, each_s in found.items()}
    sys.stdout.write(json.dumps({**rates, "share_of_typst": round(alone_s / shared_s, 2)}) + "\n")


if __name__ == "__main__":
    main()
