import re

import orjson
import pytest

from libs.contracts.language import Text
from services.applications.domain.field_error_texts import (
    AGREE,
    BY_KEYWORD,
    BY_KIND,
    BY_REASON,
    BY_TYPE,
    CHECK,
)
from tests.services.applications.filling import FORM_IDS, FORMS

TABLES = (BY_KEYWORD, BY_TYPE, BY_KIND, BY_REASON)
TEXTS = [text for table in TABLES for text in table.values()] + [AGREE, CHECK]
PLACES = re.compile(r"{([a-z]+)}", re.ASCII)


@pytest.mark.parametrize("text", TEXTS)
def test_both_languages_say_the_same_in_their_own_script(text: Text) -> None:
    """The same places to fill in, Bangla in Bangla script, English without it."""
    assert sorted(PLACES.findall(text.bn)) == sorted(PLACES.findall(text.en))
    assert re.search("[ঀ-৿]", text.bn)
    assert not re.search("[ঀ-৿]", text.en)


def test_every_keyword_of_the_ten_forms_has_a_text() -> None:
    """No citizen of the pilot reads a text made for no field in particular."""
    schemas = [orjson.loads((FORMS / f"{name}.json").read_bytes()) for name in FORM_IDS]
    schemas.append(orjson.loads((FORMS / "common.json").read_bytes()))
    found = set(re.findall(rb'"([a-zA-Z]+)":', b"".join(map(orjson.dumps, schemas))))
    checked = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"}
    checked |= {"maxLength", "minItems", "maxItems", "uniqueItems", "enum", "const", "required"}
    assert {keyword for keyword in checked if keyword.encode() in found} <= set(BY_KEYWORD)


def test_every_pattern_of_the_common_kinds_has_a_text() -> None:
    """A pattern says nothing to a citizen; each kind has words of its own."""
    kinds = orjson.loads((FORMS / "common.json").read_bytes())["$defs"]
    patterns = {name for name, kind in kinds.items() if "pattern" in kind}
    for kind in kinds.values():
        patterns |= {n for n, field in kind.get("properties", {}).items() if "pattern" in field}
    assert patterns <= set(BY_KIND)
