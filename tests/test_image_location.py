"""Where a picture was made is taken out of its file; the picture stays as it is, to the bit.

Pillow writes the pictures, Pillow and ExifRead look for what is left: none of them is used by the product.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib

import pytest
from pictures import (
    EXIF_DIRECTORY,
    MAKER,
    MAKER_NOTE,
    NOTE,
    ORIENTATION,
    POSITION,
    TAKEN,
    XMP,
    metadata,
    picture,
    pixels,
    places,
)
from PIL import Image
from shown import Show

from rules.file_kinds import FileKind
from rules.image_location import remove_location
from rules.picture_flaws import PictureDamaged

FORMS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.WEBP: "WEBP", FileKind.AVIF: "AVIF"}


def cleared(data: bytes, kind: FileKind) -> tuple[bytes, bool]:
    """The file afterwards, and whether something was found."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        removed = remove_location(file.fileno(), kind)
        file.seek(0)
        return file.read(), removed


@pytest.mark.parametrize("kind", FORMS)
def test_the_place_goes_and_the_picture_stays(kind: FileKind, shown: Show) -> None:
    before = picture(FORMS[kind])
    assert metadata(before).get_ifd(POSITION)
    assert places(before) or kind is FileKind.WEBP
    assert b"GPSLatitude" in before
    after, removed = cleared(before, kind)
    assert removed
    assert not places(after)
    assert POSITION not in metadata(after)
    assert b"GPSLatitude" not in after
    assert struct.pack("<6I", 54, 1, 11, 1, 928, 25) not in after
    assert struct.pack(">6I", 54, 1, 11, 1, 928, 25) not in after
    assert pixels(after) == pixels(before)
    assert len(after) == len(before)
    exif = metadata(after)
    assert (exif[MAKER], exif[ORIENTATION]) == (metadata(before)[MAKER], 6)
    assert exif.get_ifd(EXIF_DIRECTORY)[TAKEN] == "2026:11:22 10:00:00"
    assert exif.get_ifd(EXIF_DIRECTORY)[MAKER_NOTE] == NOTE
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    shown(f"Place removed from {kind}", ["octets", "of them changed"], [[str(len(before)), str(changed)]])


@pytest.mark.parametrize("kind", FORMS)
def test_a_picture_without_a_place_is_not_touched(kind: FileKind) -> None:
    before = picture(FORMS[kind], place=False)
    assert cleared(before, kind) == (before, False)
    assert cleared(cleared(picture(FORMS[kind]), kind)[0], kind)[1] is False, "what was cleared is clear"


def test_what_follows_a_jpeg_is_cut_off() -> None:
    plain = picture("JPEG", place=False)
    film = b"\0\0\0\x18ftypmp42" + b"\xa9xyz+54.1936+037.6178/" * 10
    assert cleared(plain + film, FileKind.JPEG) == (plain, True)
    assert cleared(plain + picture("JPEG"), FileKind.JPEG) == (plain, True), "a second picture with a place of its own"


def test_further_pictures_are_cut_off_and_not_named_any_more() -> None:
    out = io.BytesIO()
    first, second = (Image.open(io.BytesIO(picture("JPEG"))) for _ in range(2))
    first.save(out, "MPO", save_all=True, append_images=[second], exif=first.getexif())
    before = out.getvalue()
    assert b"MPF\0" in before
    after, removed = cleared(before, FileKind.JPEG)
    assert removed
    assert b"MPF\0" not in after
    assert not places(after)
    assert Image.open(io.BytesIO(after)).format == "JPEG"
    assert pixels(after) == pixels(before)


def test_iptc_and_extended_xmp_go_but_profiles_and_remarks_stay() -> None:
    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    plain = picture("JPEG", place=False, icc_profile=b"profile" * 20, comment=b"remark")
    iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0a\x1c\x02\x5a\0\x05Tula!")
    extended = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + b"GPSLongitude")
    thermal = segment(0xE1, b"FLIR\0\x01\0\0measured")
    after, removed = cleared(plain[:2] + iptc + extended + thermal + plain[2:], FileKind.JPEG)
    assert removed
    assert b"Tula" not in after
    assert b"GPSLongitude" not in after
    assert thermal in after
    assert b"profile" * 20 in after
    assert b"remark" in after
    assert pixels(after) == pixels(plain)


def test_texts_of_a_png_that_tell_the_place_go() -> None:
    plain = picture("PNG", place=False)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    told = chunk(b"tEXt", b"exif:GPSLatitude\x0054/1") + chunk(
        b"zTXt", b"Raw profile type APP1\0\0" + zlib.compress(XMP)
    )
    title = chunk(b"tEXt", b"Title\0Pump")
    after, removed = cleared(plain[:33] + told + title + plain[33:] + b"PK\x03\x04 more", FileKind.PNG)
    assert removed
    assert b"54/1" not in after
    assert b"Raw profile" not in after
    assert title in after
    assert after.endswith(plain[-12:])
    image = Image.open(io.BytesIO(after))
    image.verify()
    assert pixels(after) == pixels(plain)


def box(name: bytes, content: bytes, *, full: int | None = None) -> bytes:
    """A box of ISO/IEC 14496-12; `full` is the version of one that has one."""
    head = b"" if full is None else bytes([full, 0, 0, 0])
    return struct.pack(">I4s", 8 + len(head + content), name) + head + content


def heic(*, construction: int = 0, extents: int = 1, further: bytes = b"") -> bytes:
    """As an iPhone lays it out: coded picture, Exif and XMP as items; the picture itself is no real one."""
    exif = b"\0\0\0\x06Exif\0\0" + metadata(picture("JPEG")).tobytes()[6:]
    coded = b"coded picture" * 30
    items = [coded, exif, XMP]
    kinds = [b"hvc1\0", b"Exif\0", b"mime\0application/rdf+xml\0"]
    infe = b"".join(
        box(b"infe", struct.pack(">HH", number, 0) + kind[:4] + kind[4:], full=2)
        for number, kind in enumerate(kinds, 1)
    )
    iinf = box(b"iinf", struct.pack(">H", 3) + infe, full=0)
    ftyp = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def whole(start: int) -> bytes:
        places, at = b"", start
        for number, content in enumerate(items, 1):
            places += struct.pack(">HHHH", number, construction if number > 1 else 0, 0, extents)
            places += struct.pack(">II", at, len(content)) * extents
            at += len(content)
        iloc = box(b"iloc", b"\x44\0" + struct.pack(">H", 3) + places, full=1)
        pitm = box(b"pitm", b"\0\1", full=0)
        hdlr = box(b"hdlr", bytes(4) + b"pict" + bytes(13), full=0)
        return ftyp + box(b"meta", hdlr + pitm + iinf + iloc, full=0) + further + box(b"mdat", b"".join(items))

    return whole(len(whole(0)) - sum(map(len, items)))


def test_a_heic_loses_its_place() -> None:
    before = heic()
    assert places(before)
    after, removed = cleared(before, FileKind.HEIC)
    assert removed
    assert not places(after)
    assert b"GPSLatitude" not in after
    assert b"coded picture" * 30 in after
    assert len(after) == len(before)
    left = Image.Exif()
    left.load(after[after.index(b"Exif\0\0MM") if b"Exif\0\0MM" in after else after.index(b"Exif\0\0II") :])
    assert left[ORIENTATION] == 6


def test_a_film_beside_a_heic_is_emptied() -> None:
    before = heic(further=box(b"mpvd", b"\xa9xyz+54.1936+037.6178/"))
    after, removed = cleared(before, FileKind.HEIC)
    assert removed
    assert b"+54.1936" not in after
    assert b"mpvd" not in after
    assert not places(after)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (FileKind.JPEG, b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0"),
        (FileKind.JPEG, b"\xff\xd8nothing of the kind"),
        (FileKind.JPEG, b"\xff\xd8\xff\xe1\0\0" + bytes(100)),
        (FileKind.PNG, b"\x89PNG\r\n\x1a\n\0\0\xff\xffIHDR"),
        (FileKind.PNG, picture("PNG")[:-20]),
        (FileKind.WEBP, b"RIFF\x10\0\0\0WEBPEXIF\xff\xff\xff\xff"),
        (FileKind.WEBP, picture("WEBP")[:-40]),
        (FileKind.HEIC, box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"moov", b"film")),
        (FileKind.HEIC, heic(construction=2)),
        (FileKind.HEIC, heic(extents=2)),
        (FileKind.HEIC, heic()[:-30]),
        (FileKind.HEIC, b"\0\0\0\1ftyp"),
    ],
)
def test_what_cannot_be_looked_through_is_refused(kind: FileKind, data: bytes) -> None:
    with pytest.raises(PictureDamaged):
        cleared(data, kind)


@pytest.mark.parametrize("kind", FORMS)
def test_damaged_pictures_end_in_a_picture_or_a_refusal(kind: FileKind) -> None:
    """Any octet of the head may be wrong: no other error, no endless search."""
    whole = picture(FORMS[kind], side=16)
    refused = 0
    for at in range(0, min(len(whole), 1500), 3):
        for value in (0, 0xFF, whole[at] ^ 0x80):
            damaged = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                after, _ = cleared(damaged, kind)
            except PictureDamaged:
                refused += 1
            else:
                assert len(after) <= len(whole)
    assert refused
