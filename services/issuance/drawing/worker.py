"""The process that draws one paper: JSON on its standard input, PDF/A-3b on its output.

It has no key and no address. What a citizen or an officer wrote reaches the template as data: a
string of JSON, which typst shows and never reads as markup.
"""

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent
FONTS: Final = _FOLDER / "fonts"


def draw(drawing: dict[str, Any], *, output: str = "pdf") -> bytes:
    """Return a drawing as PDF/A-3b with its record attached, or as pictures (`png`)."""
    # Loaded here, after the limits.
    import typst

    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]
    )
    template = _FOLDER / f"paper.{drawing['template_version']}.typ"
    compiler = typst.Compiler(template.read_bytes(), font_paths=fonts)
    year, month, day = drawing["day"]
    made = compiler.compile(
        format="png" if output == "png" else "pdf",
        sys_inputs={
            "paper": json.dumps(drawing),
            "record": json.dumps(drawing["record"], ensure_ascii=False, indent=1),
            "link": _code(drawing["link"]),
            "signed": _code(drawing["signed"]),
        },
        pdf_standards=["a-3b"] if output == "pdf" else [],
        timestamp=datetime(year, month, day, tzinfo=UTC),
    )
    return made if isinstance(made, bytes) else b"".join(made or ())


def main(_: list[str]) -> None:
    """Draw what stands on the standard input."""
    sys.stdout.buffer.write(draw(json.loads(sys.stdin.buffer.read())))


def _code(text: str) -> str:
    """Return a text as a QR code (ISO/IEC 18004) of error level M, as SVG."""
    import segno

    made = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        made, kind="svg", border=4, xmldecl=False, svgns=True
    )
    return made.getvalue().decode()
