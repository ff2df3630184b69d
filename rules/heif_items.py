"""HEIC and AVIF: boxes, and the items of their `meta` box that hold Exif and XMP (ISO/IEC 14496-12, 8.11; 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import NamedTuple

from rules.exif_position import blank, remove_position
from rules.picture_flaws import PictureDamaged

NEEDED = {b"ftyp", b"meta", b"mdat", b"free", b"skip", b"idat"}
"""The boxes of a file that a picture is made of. Others (a film of the moment before, XMP in a `uuid`) are emptied."""
FILM = b"moov"
IN_FILE, IN_ITEM_DATA = 0, 1
MOST_ITEMS = 10_000


class Box(NamedTuple):
    """A box, and where its content begins and ends."""

    name: bytes
    at: int
    start: int
    end: int


@dataclass(slots=True)
class Reader:
    """Numbers read one after another."""

    data: mmap
    at: int
    end: int

    def number(self, octets: int) -> int:
        """The next unsigned number, big-endian."""
        if self.at + octets > self.end:
            raise PictureDamaged
        self.at += octets
        return int.from_bytes(self.data[self.at - octets : self.at], "big")


def clear_heif(data: mmap) -> tuple[bool, int]:
    """Empty what tells the place; whether there was anything, and where the file ends.

    Raises PictureDamaged for a sequence of pictures: its film is not looked through.
    """
    boxes = list(_boxes(data, 0, len(data)))
    if not boxes or boxes[0].name != b"ftyp" or any(box.name == FILM for box in boxes):
        raise PictureDamaged
    removed = False
    for box in boxes:
        if box.name == b"meta":
            removed |= _clear_items(data, box)
        elif box.name not in NEEDED:
            removed |= blank(data, box.start, box.end)
            data[box.at + 4 : box.at + 8] = b"free"
    return removed, len(data)


def _boxes(data: mmap, at: int, end: int) -> Iterator[Box]:
    while at < end:
        size, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        box_end = at + size if size else end
        if not start <= box_end <= end:
            raise PictureDamaged
        yield Box(data[at + 4 : at + 8], at, start, box_end)
        at = box_end


def _clear_items(data: mmap, meta: Box) -> bool:
    children = {box.name: box for box in _boxes(data, meta.start + 4, meta.end)}
    if b"iinf" not in children or b"iloc" not in children:
        return False
    item_data = children.get(b"idat")
    exif, xmp = _telling_items(data, children[b"iinf"])
    removed = False
    for item, start, end in _places(data, children[b"iloc"], exif | xmp, item_data.start if item_data else 0):
        if item in xmp:
            removed |= blank(data, start, end)
        else:
            header = start + 4 + int.from_bytes(data[start : start + 4], "big")
            removed |= remove_position(data, min(header, end), end)
    return removed


def _telling_items(data: mmap, box: Box) -> tuple[set[int], set[int]]:
    """Ids of the items that hold Exif, and of those that hold XMP."""
    exif, xmp = set[int](), set[int]()
    entries_at = box.start + (6 if data[box.start] == 0 else 8)
    for entry in _boxes(data, entries_at, box.end):
        version = data[entry.start]
        reader = Reader(data, entry.start + 4, entry.end)
        if version < 2:
            raise PictureDamaged
        item = reader.number(2 if version == 2 else 4)
        reader.number(2)
        kind = reader.number(4).to_bytes(4, "big")
        if kind == b"Exif":
            exif.add(item)
        elif kind == b"mime":
            _, _, content_type = data[reader.at : min(entry.end, reader.at + 300)].partition(b"\0")
            if content_type.startswith((b"application/rdf+xml", b"text/xml", b"application/xml")):
                xmp.add(item)
    return exif, xmp


def _places(data: mmap, box: Box, wanted: set[int], item_data: int) -> Iterator[tuple[int, int, int]]:
    """Where the `wanted` items lie: id, start and end."""
    version = data[box.start]
    reader = Reader(data, box.start + 4, box.end)
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(min(reader.number(2 if version < 2 else 4), MOST_ITEMS)):
        item = reader.number(2 if version < 2 else 4)
        method = reader.number(2) & 15 if version else IN_FILE
        elsewhere = reader.number(2)
        base = reader.number(base_size)
        extents = reader.number(2)
        if item in wanted and (extents != 1 or elsewhere or method not in (IN_FILE, IN_ITEM_DATA)):
            raise PictureDamaged
        for _ in range(extents):
            if version:
                reader.number(index_size)
            start = base + reader.number(offset_size) + (item_data if method == IN_ITEM_DATA else 0)
            length = reader.number(length_size)
            if item in wanted:
                end = start + length if length else len(data)
                if not start < end <= len(data):
                    raise PictureDamaged
                yield item, start, end
