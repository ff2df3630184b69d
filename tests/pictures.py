"""Pictures that tests take: noise, with a place in whatever can hold one."""

from __future__ import annotations

import io
import os
from typing import Any

import exifread
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

MAKER, ORIENTATION, POSITION, EXIF_DIRECTORY, TAKEN, MAKER_NOTE = 0x010F, 0x0112, 0x8825, 0x8769, 0x9003, 0x927C
LATITUDE = (IFDRational(54), IFDRational(11), IFDRational(3712, 100))
LONGITUDE = (IFDRational(37), IFDRational(37), IFDRational(412, 100))
OCTETS_A_PIXEL = 1.19
"""Of noise, as JPEG of quality 95."""
NOTE = b"maker's own note" * 4
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="54,11.618667N"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)


def exif(*, place: bool = True) -> Image.Exif:
    """What a telephone writes: lying on its side, with or without the place."""
    data = Image.Exif()
    data[MAKER], data[ORIENTATION] = "Ёлка", 6
    data.get_ifd(EXIF_DIRECTORY).update({TAKEN: "2026:11:22 10:00:00", MAKER_NOTE: NOTE})
    if place:
        data.get_ifd(POSITION).update({1: "N", 2: LATITUDE, 3: "E", 4: LONGITUDE, 29: "2026:11:22"})
    return data


def picture(form: str, *, place: bool = True, side: int = 64, **options: Any) -> bytes:
    """Noise of `side` by `side` pixels; `form` as Pillow calls it."""
    image = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    out = io.BytesIO()
    if place and form == "PNG":
        told = PngInfo()
        told.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = told
    elif place:
        options["xmp"] = XMP
    image.save(out, form, exif=exif(place=place), **options)
    return out.getvalue()


def photo(octets: int) -> bytes:
    """A JPEG of about that size, with a place."""
    return picture("JPEG", side=int((octets / OCTETS_A_PIXEL) ** 0.5), quality=95)


def pixels(data: bytes) -> bytes:
    """What is seen, as Pillow decodes it."""
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def metadata(data: bytes) -> Image.Exif:
    """The Exif data, as Pillow reads them."""
    return Image.open(io.BytesIO(data)).getexif()


def places(data: bytes) -> set[str]:
    """Tags of position that another reader finds; it does not look into WebP."""
    return {tag for tag in exifread.process_file(io.BytesIO(data), details=False) if tag.startswith("GPS")}
