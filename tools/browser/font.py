"""Makes the portal's font: Noto Sans Bengali with all conjuncts, and nothing else.

    python -m tools.browser.font

Latin letters come from the fonts of the phone. The result is committed, with its licence (OFL).
"""

from io import BytesIO
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

from tools.browser.packages import BENGALI_FONT, fetch

FOLDER: Final = Path(__file__).parents[2] / "libs" / "pages" / "assets"
FONT: Final = FOLDER / "bengali.woff2"
LICENCE: Final = FOLDER / "bengali.OFL.txt"

# The letters, signs and digits of Bangla (Unicode 16, block U+0980), the danda, the joiners and the
# dotted circle. Not the letters that only Assamese uses, nor the old signs of account books.
_LETTERS: Final = (
    "0020 00A0 0964-0965 0981-0983 0985-098C 098F-0990 0993-09A8 09AA-09B0 09B2 09B6-09B9 "
    "09BC-09C4 09C7-09C8 09CB-09CE 09D7 09DC-09DD 09DF-09E3 09E6-09EF 09F3 200C-200D 25CC"
)


def make_font() -> bytes:
    """Return the font, the same for the same package; raises as `fetch`."""
    source = fetch(BENGALI_FONT) / "files" / "noto-sans-bengali-bengali-400-normal.woff2"
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["*"])
    with TTFont(source, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=letters())
        subsetter.subset(font)
        font.flavor = "woff2"
        made = BytesIO()
        font.save(made)
        return made.getvalue()


def letters() -> set[int]:
    """Return the code points that the font is made for."""
    ranges = [part.partition("-")[::2] for part in _LETTERS.split()]
    return {
        point for first, last in ranges for point in range(_point(first), _point(last or first) + 1)
    }


def _point(hexadecimal: str) -> int:
    return int.from_bytes(bytes.fromhex(hexadecimal), "big")


if __name__ == "__main__":
    FONT.write_bytes(make_font())
    LICENCE.write_bytes((fetch(BENGALI_FONT) / "LICENSE").read_bytes())
