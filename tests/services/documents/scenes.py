"""Small real files, and hostile ones, made when they are needed."""

import io
import struct
import zipfile
import zlib
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

register_heif_opener()

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(width: int = 640, height: int = 480) -> Image.Image:
    """A picture with a dark corner at the top left."""
    made = Image.new("RGB", (width, height), (240, 240, 230))
    ImageDraw.Draw(made).rectangle((0, 0, width // 4, height // 4), fill=(20, 20, 20))
    return made


@cache
def image(kind: str = "JPEG", width: int = 640, height: int = 480) -> bytes:
    """A photo of a kind."""
    file = io.BytesIO()
    picture(width, height).save(file, kind)
    return file.getvalue()


def jpeg(width: int = 640, height: int = 480) -> bytes:
    """A photo."""
    return image("JPEG", width, height)


@cache
def photo_with_position() -> bytes:
    """A photo that lies on its side, with the position where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 46.0, 12.0), 3: "E", 4: (90.0, 23.0, 33.0)})
    file = io.BytesIO()
    picture().save(file, "JPEG", exif=exif, comment=b"taken at home")
    return file.getvalue()


@cache
def pdf(pages: int = 1) -> bytes:
    """A PDF with empty pages."""
    made = Pdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    return _saved(made)


@cache
def armed_pdf() -> bytes:
    """A PDF with scripts, an attachment, a link, metadata, and a launch on opening."""
    made = Pdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    script = Dictionary(S=Name.JavaScript, JS="app.alert('hello')")
    made.Root.OpenAction = script
    made.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([pikepdf.String("run"), script]))
    )
    made.attachments["notes.txt"] = b"EMBEDDED-CONTENT"
    launch = Dictionary(S=Name.Launch, F="calc.exe")
    closing = Dictionary(S=Name.JavaScript, JS="app.beep('on-page')")
    page.AA = Dictionary(O=launch, C=closing)
    page.Metadata = made.make_stream(b"<x>SOMEBODY</x>", Type=Name.Metadata)
    page.Annots = Array(
        [
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=[0, 0, 100, 100],
                A=Dictionary(S=Name.URI, URI="http://example.com/track"),
            ),
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.FileAttachment,
                Rect=[0, 0, 10, 10],
                FS=Dictionary(
                    Type=Name.Filespec,
                    F="pinned.txt",
                    EF=Dictionary(F=made.make_stream(b"PINNED-CONTENT")),
                ),
            ),
        ]
    )
    made.docinfo["/Author"] = "SOMEBODY"
    with made.open_metadata() as metadata:
        metadata["dc:creator"] = ["SOMEBODY"]
    return _saved(made)


@cache
def pdf_of_photos() -> bytes:
    """A PDF with a photo that has a position and an appended film, plain and packed again."""
    made, photo = Pdf.new(), photo_with_position() + b"FILM-AFTER-THE-PHOTO"
    for content, filters in (
        (photo, Name.DCTDecode),
        (zlib.compress(photo), Array([Name.FlateDecode, Name.DCTDecode])),
    ):
        page = made.add_blank_page(page_size=(640, 480))
        drawn = made.make_stream(
            b"",
            Type=Name.XObject, Subtype=Name.Image, Width=640, Height=480,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )  # fmt: skip
        drawn.write(content, filter=filters)
        page.Resources = Dictionary(XObject=Dictionary(Photo=drawn))
        page.Contents = made.make_stream(b"640 0 0 480 0 0 cm /Photo Do")
    return _saved(made)


@cache
def locked_pdf() -> bytes:
    """A PDF that needs a password."""
    made = Pdf.new()
    made.add_blank_page()
    file = io.BytesIO()
    made.save(file, encryption=pikepdf.Encryption(owner="o", user="secret"))
    return file.getvalue()


@cache
def pdf_bomb() -> bytes:
    """A PDF of some 600 KB whose one stream has 600 MB."""
    return pdf_with_stream(zeros_packed(), Name.FlateDecode)


@cache
def zeros_packed(megabytes: int = 600) -> bytes:
    """So many MB of zeros, packed by Flate."""
    packed = zlib.compressobj(9, wbits=-15)
    megabyte = packed.compress(bytes(2**20)) + packed.flush(zlib.Z_FULL_FLUSH)  # can be repeated
    check = (megabytes * 2**20 % 65521) << 16 | 1  # Adler-32 of so many zeros (RFC 1950)
    return b"\x78\xda" + megabytes * megabyte + packed.flush() + check.to_bytes(4)


def pdf_with_stream(content: bytes, filters: Any) -> bytes:
    """A PDF whose one page has a stream as it is given."""
    made = Pdf.new()
    page = made.add_blank_page()
    page.Contents = made.make_stream(b"")
    page.Contents.write(content, filter=filters)
    file = io.BytesIO()
    made.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue()


@cache
def pdf_of_curves(count: int = 60_000) -> bytes:
    """A PDF of one page with that many filled curves; drawing them takes many seconds of CPU."""
    made = Pdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    curve = b"0 0 m 595 0 0 842 595 842 c 0 842 595 0 300 421 c f "
    page.Contents = made.make_stream(curve * count)
    return _saved(made)


@cache
def png_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG with that many pixels, none of which it really has."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compressobj(9)
    data = b"".join([*(rows.compress(bytes(width + 1)) for _ in range(100)), rows.flush()])
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body) for kind, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    )


@cache
def archive() -> bytes:
    """A zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("photo.jpg", jpeg())
    return file.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _saved(made: Pdf) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()
