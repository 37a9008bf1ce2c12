"""What is wrong with the HTML of a page, as far as its text alone shows it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

from tools.virtual_users.pages import Page

_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})
_HEADING: Final = re.compile("h[1-6]")
_BANGLA: Final = re.compile("[\u0985-\u09e3]")
_ASCII_DIGIT: Final = re.compile("[0-9]")
_NOT_RENDERED: Final = re.compile(
    r"\{[{%#]|[%}]\}|&(amp;)+(#|amp|lt|gt|quot)|\bNone\b|&lt;(Macro|Undefined|function|bound) "
)
_TYPED: Final = frozenset({"text", "tel", "search", "password", "file", "radio", "checkbox"})
Attributes = dict[str, str]
_NEEDED: Final[Sequence[tuple[str, str, Callable[[Attributes], bool]]]] = (
    ("img", "words for those who do not see it", lambda given: "alt" in given),
    (
        "svg",
        "a name, and not hidden",
        lambda given: given.get("aria-hidden") == "true" or given.get("role") == "img",
    ),
    ("th", "a scope", lambda given: "scope" in given),
    ("form", "an address", lambda given: bool(given.get("action"))),
)


def check(page: Page) -> None:
    """Fail if anything is wrong with a page; what is no page of ours is left alone."""
    if not page.headers.get("content-type", "").startswith("text/html"):
        return
    if "content-security-policy" not in page.headers:  # a proxy's or a gateway's of a test
        return
    found = sorted(set(faults(page)))
    assert not found, (page.path, found)


def faults(page: Page) -> Iterator[str]:
    """Everything that is wrong with a page, in words."""
    read = _Lint(page.html)
    yield from read.faults
    if not page.html.startswith("<!doctype html>\n"):
        yield "no doctype at its beginning"
    language = page.headers.get("content-language", "")
    if read.language != language or language not in {"bn", "en"}:
        yield f"its language is {read.language!r}"
    if read.headings.count(1) != 1:
        yield f"{read.headings.count(1)} main headings"
    for before, heading in zip([1, *read.headings], read.headings, strict=False):
        if heading > before + 1:
            yield f"a heading of level {heading} after one of {before}"
    words, _, site = page.title.rpartition(" – ")
    if not words.strip() or not site.strip() or words != " ".join(words.split()):
        yield f"its title is {page.title!r}"
    if read.has_errors != words.startswith(("ত্রুটি: ", "Error: ")):
        yield "its title does not say whether there is an error"
    yield from (f"twice the id {one}" for one, n in Counter(read.ids).items() if n > 1)
    yield from (f"no element has the id {one}" for one in read.wanted - set(read.ids))
    yield from (f"no label for {name}" for one, name in read.controls if one not in read.labels)


class _Lint(HTMLParser):
    """Reads a page strictly: what browsers mend is a fault."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.language = ""
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.labels: set[str] = set()
        self.controls: list[tuple[str, str]] = []
        self.has_errors = False
        self._open: list[tuple[str, str]] = []  # elements that are open, and their languages
        self._empty: list[bool] = []
        if wrong := _NOT_RENDERED.search(
            re.sub("<textarea.*?</textarea>", "", html, flags=re.DOTALL)
        ):
            self.faults.append(f"not rendered: {html[wrong.start() - 20 : wrong.end() + 20]!r}")
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag, _ in self._open]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Attributes = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"an attribute twice: {self.get_starttag_text()}")
        self._check(tag, given)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-describedby", "aria-labelledby", "form"):
            self.wanted.update(given.get(name, "").split())
        if given.get("href", "").startswith("#"):
            self.wanted.add(given["href"][1:])
        if self._empty:
            self._empty[-1] = False
        if tag not in _VOID:
            outer = self._open[-1][1] if self._open else ""
            self._open.append((tag, given.get("lang", outer)))
            self._empty.append(not given.get("aria-label"))

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.faults.append(f"</{tag}> where {self._open[-1:]} is open")
            return
        self._open.pop()
        if self._empty.pop() and (tag in {"a", "button", "p", "label", "legend", "title", "th"}
                                  or _HEADING.fullmatch(tag)):  # fmt: skip
            self.faults.append(f"an empty <{tag}>")

    @override
    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        if self._empty:
            self._empty[-1] = False
        tag, language = self._open[-1] if self._open else ("", "")
        if tag in {"script", "style"}:
            self.faults.append(f"code inside: {data[:40]!r}")
        elif tag not in {"textarea", "title"}:
            is_answer = any(tag == "dd" for tag, _ in self._open)  # in a person's own words
            if language == "en" and not is_answer and _BANGLA.search(data):
                self.faults.append(f"Bangla that says it is English: {data.strip()[:60]!r}")
            if language == "bn" and _BANGLA.search(data) and _ASCII_DIGIT.search(data):
                self.faults.append(f"digits that are not Bangla: {data.strip()[:60]!r}")
            if language == "bn" and re.search("[\u0985-\u09e3]{4}[.](\\s|$)", data):
                self.faults.append(f"a sentence without a danda: {data.strip()[-60:]!r}")

    def _check(self, tag: str, given: Attributes) -> None:
        self.faults += [
            f"code inside: {name} of <{tag}>"
            for name in given
            if name == "style" or name.startswith("on")
        ]
        self.faults += [
            f"<{tag}> without {need}"
            for element, need, is_there in _NEEDED
            if element == tag and not is_there(given)
        ]
        self.has_errors |= "errors" in given.get("class", "").split()
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "label":
            self.labels.add(given.get("for", ""))
        elif tag in {"input", "select", "textarea"}:
            kind = given.get("type", "text") if tag == "input" else "text"
            if kind in _TYPED and not given.get("aria-label"):
                self.controls.append((given.get("id", ""), given.get("name", tag)))
        elif _HEADING.fullmatch(tag):
            self.headings.append(int(tag[1]))
