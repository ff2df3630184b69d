"""Taking the place where a picture was made out of its file, without touching the picture.

Exif loses its position directory; XMP and IPTC, which tell the place in many ways, are emptied as a whole, and what
follows the picture in its file (a film of the moment before, further pictures) is cut off or emptied.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Callable
from mmap import mmap

from rules.exif_position import blank, remove_position
from rules.file_kinds import FileKind
from rules.heif_items import clear_heif
from rules.picture_flaws import PictureDamaged

EXIF = b"Exif\0\0"
XMP = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
FURTHER_PICTURES = b"MPF\0"
END, SCAN, APP1, APP2, APP13 = 0xD9, 0xDA, 0xE1, 0xE2, 0xED
ALONE = {0x01, *range(0xD0, 0xD8)}
NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""In the coded picture 0xFF is followed by zero, or by a restart marker (ITU-T T.81, B.1.1.5)."""
PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"
PNG_UNKNOWN = b"noNE"
"""A chunk by that name may be left aside by every reader (PNG, third edition, 5.4)."""
TEXTS = {b"iTXt", b"tEXt", b"zTXt"}
TELLING = re.compile(rb"xml:com\.adobe\.xmp|raw profile type|exif:|gps|location|geo", re.IGNORECASE)
WEBP_UNKNOWN, WEBP_XMP_FLAG = b"JUNK", 0x04


def remove_location(descriptor: int, kind: FileKind) -> bool:
    """Take it out of the file behind `descriptor`; whether there was anything that tells it, or may. Files of kinds
    that are no pictures stay as they are.

    Raises PictureDamaged if the file is not built as its kind is.
    """
    clear = CLEARING.get(kind)
    if clear is None:
        return False
    with mmap(descriptor, 0) as data:
        try:
            removed, end = clear(data)
        except (IndexError, struct.error) as error:
            raise PictureDamaged from error
        cut = end < len(data)
        data.flush()
    if cut:
        os.ftruncate(descriptor, end)
    return removed or cut


def _jpeg(data: mmap) -> tuple[bool, int]:
    """ITU-T T.81, B.1.1; whether anything was removed, and where the picture ends."""
    if data[:2] != b"\xff\xd8":
        raise PictureDamaged
    removed, at, further = False, 2, list[tuple[int, int]]()
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise PictureDamaged
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == END:
            break
        if marker in ALONE:
            at += 2
            continue
        start, end = at + 4, at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not start <= end <= len(data):
            raise PictureDamaged
        if marker == APP1 and data[start : start + 6] == EXIF:
            removed |= remove_position(data, start + len(EXIF), end)
        elif marker == APP13 or (marker == APP1 and data[start : start + 40].startswith(XMP)):
            removed |= blank(data, start, end)
        elif marker == APP2 and data[start : start + 4] == FURTHER_PICTURES:
            further.append((start, end))
        at = end
        if marker == SCAN:
            found = NEXT_MARKER.search(data, at)
            at = found.start() if found else len(data)
    picture_end = min(at + 2, len(data))
    if picture_end < len(data):
        for start, end in further:
            blank(data, start, end)
    return removed, picture_end


def _png(data: mmap) -> tuple[bool, int]:
    """PNG, third edition, 5: chunks, each with a checksum."""
    if data[:8] != PNG_BEGINNING:
        raise PictureDamaged
    removed, at, name = False, 8, b""
    while name != b"IEND":
        name, start = data[at + 4 : at + 8], at + 8
        end = start + int.from_bytes(data[at : at + 4], "big")
        if len(name) < 4 or end + 4 > len(data):
            raise PictureDamaged
        changed = False
        if name == b"eXIf":
            changed = remove_position(data, start, end)
        elif name in TEXTS and TELLING.search(data[start : min(start + 80, end)].partition(b"\0")[0]):
            blank(data, start, end)
            data[at + 4 : at + 8] = PNG_UNKNOWN
            changed = True
        if changed:
            removed = True
            data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return removed, at


def _webp(data: mmap) -> tuple[bool, int]:
    """RFC 9649, 2: RIFF chunks, padded to even sizes."""
    whole = 8 + int.from_bytes(data[4:8], "little")
    whole += whole % 2
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or whole > len(data) + 1:
        raise PictureDamaged
    whole = min(whole, len(data))
    removed, at, flags_at = False, 12, None
    while at + 8 <= whole:
        name, start = data[at : at + 4], at + 8
        end = start + int.from_bytes(data[at + 4 : at + 8], "little")
        if end > whole:
            raise PictureDamaged
        if name == b"VP8X":
            flags_at = start
        elif name == b"EXIF":
            prefix = len(EXIF) if data[start : start + 6] == EXIF else 0
            removed |= remove_position(data, start + prefix, end)
        elif name == b"XMP ":
            removed |= blank(data, start, end)
            data[at : at + 4] = WEBP_UNKNOWN
            if flags_at is not None:
                data[flags_at] &= ~WEBP_XMP_FLAG & 0xFF
        at = end + end % 2
    return removed, whole


CLEARING: dict[FileKind, Callable[[mmap], tuple[bool, int]]] = {
    FileKind.JPEG: _jpeg,
    FileKind.PNG: _png,
    FileKind.WEBP: _webp,
    FileKind.HEIC: clear_heif,
    FileKind.AVIF: clear_heif,
}
