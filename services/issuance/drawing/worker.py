"""The process that draws papers: a list of them as JSON on its input, PDF/A-3b on its output.

A first line has the size of each, 0 for one that cannot be drawn; the papers follow.

It has no key and no address. What a citizen or an officer wrote reaches the template as data: a
string of JSON, which typst shows and never reads as markup.
"""

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.issuance.drawing.signature_field import with_empty_signature

_FOLDER: Final = Path(__file__).parent
FONTS: Final = _FOLDER / "fonts"
_BORDER: Final = 4
_DARK: Final = re.compile(rb"\0+")


def draw(drawing: dict[str, Any]) -> bytes:
    """Return a drawing as PDF/A-3b with its record attached, and an empty signature if it asks."""
    made = compiled(drawing, link=code(drawing["link"]), signed=code(drawing["signed"]))
    signature = drawing.get("signature")
    return with_empty_signature(made, signature) if signature else made


def compiled(drawing: Mapping[str, Any], *, link: str, signed: str) -> bytes:
    """Return a drawing as PDF/A-3b, with its two codes as SVG."""
    # Loaded here, after the limits.
    import typst

    template = _FOLDER / f"paper.{drawing['template_version']}.typ"
    compiler = typst.Compiler(template.read_bytes(), font_paths=_fonts())
    year, month, day = drawing["day"]
    made = compiler.compile(
        format="pdf",
        sys_inputs={
            "paper": json.dumps(drawing),
            "record": json.dumps(drawing["record"], ensure_ascii=False, indent=1),
            "link": link,
            "signed": signed,
        },
        pdf_standards=["a-3b"],
        timestamp=datetime(year, month, day, tzinfo=UTC),
    )
    return made if isinstance(made, bytes) else b"".join(made or ())


def main(_: list[str]) -> None:
    """Draw what stands on the standard input."""
    drawn = [_drawn(drawing) for drawing in json.loads(sys.stdin.buffer.read())]
    sys.stdout.buffer.write(json.dumps([len(each) for each in drawn]).encode() + b"\n")
    sys.stdout.buffer.writelines(drawn)


def _drawn(drawing: dict[str, Any]) -> bytes:
    """Return a drawing as PDF/A-3b; nothing if it cannot be drawn: the others are."""
    try:
        return draw(drawing)
    except (KeyError, OSError, RuntimeError, TypeError, ValueError):
        return b""


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]
    )


def code(text: str) -> str:
    """Return a text as a QR code (ISO/IEC 18004) of error level M, as SVG: a line for each run.

    The library's own SVG has a square for each module, and takes three times as long.
    """
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = made.to_image(scale=1, add_quiet_zones=False)
    size, modules = image.shape[0], bytes(memoryview(image))
    lines = "".join(
        [
            f"M{run.start() + _BORDER} {y + _BORDER}.5h{run.end() - run.start()}"
            for y in range(size)
            for run in _DARK.finditer(modules[y * size : (y + 1) * size])
        ]
    )
    wide = size + 2 * _BORDER
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{wide}">'
        f'<path stroke="#000" d="{lines}"/></svg>'
    )
