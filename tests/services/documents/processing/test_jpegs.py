"""JPEG files without metadata, with the same picture."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.documents.processing.jpegs import without_metadata
from tests.services.documents import scenes


@pytest.mark.parametrize("progressive", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_picture_stays_as_it_is(mode: str, *, progressive: bool) -> None:
    """Of every kind, with several scans too; EXIF, comments, profiles and appendices are gone."""
    exif = Image.Exif()
    exif[0x010F] = "Maker of phones"
    made = io.BytesIO()
    scenes.picture().convert(mode).save(
        made, "JPEG", exif=exif, comment=b"at home", icc_profile=b"PROFILE", progressive=progressive
    )
    cleaned = without_metadata(made.getvalue() + b"APPENDED")
    for word in (b"Maker", b"at home", b"PROFILE", b"APPENDED"):
        assert word not in cleaned
    with Image.open(made) as before, Image.open(io.BytesIO(cleaned)) as after:
        assert (before.mode, before.tobytes()) == (after.mode, after.tobytes())
    assert without_metadata(cleaned) == cleaned


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_damaged_files_are_no_defect(noise: bytes, at: int) -> None:
    """Whatever is cut off or written over."""
    photo = scenes.photo_with_position()
    for broken in (noise, b"\xff\xd8" + noise, photo[:at], photo[:at] + noise + photo[at:]):
        assert len(without_metadata(broken)) <= len(broken)
