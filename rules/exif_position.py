"""Taking the position out of Exif data where they lie: nothing moves, so that everything else in them, the picture's
orientation and the maker's notes too, reads as before (Exif 3.0, 4.6; TIFF 6.0, section 2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from mmap import mmap

POSITION, EXIF, INTEROPERABILITY, SUB_DIRECTORIES, XMP, IPTC = 0x8825, 0x8769, 0xA005, 0x014A, 0x02BC, 0x83BB
DIRECTORIES = {EXIF, INTEROPERABILITY, SUB_DIRECTORIES}
UNIT_OCTETS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
MOST_DIRECTORIES = 32
BLANK = bytes(64 * 1024)


def blank(data: mmap, start: int, end: int) -> bool:
    """Overwrite that part of `data` with zeros; whether there was anything else."""
    end, said = min(end, len(data)), False
    for at in range(max(start, 0), end, len(BLANK)):
        size = min(len(BLANK), end - at)
        if data[at : at + size] != BLANK[:size]:
            data[at : at + size] = BLANK[:size]
            said = True
    return said


def remove_position(data: mmap, start: int, end: int) -> bool:
    """Take it out of the TIFF structure between `start` and `end`; whether there was one. XMP and IPTC inside go too.

    What is no such structure is blanked as a whole: nobody can read an orientation in it either.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[start : start + 2])
    if order is None or end - start < 8:
        return blank(data, start, end)
    tiff = _Tiff(data, start, min(end, len(data)), order)
    waiting, seen, removed = [tiff.number(4, 4)], set[int](), False
    while waiting and len(seen) < MOST_DIRECTORIES:
        at = waiting.pop()
        if at and at not in seen and start + at + 2 <= tiff.end:
            seen.add(at)
            removed |= _clear(tiff, at, waiting)
    return removed


@dataclass(frozen=True, slots=True)
class _Tiff:
    """The structure: offsets in it are counted from `start`."""

    data: mmap
    start: int
    end: int
    order: str

    def number(self, at: int, octets: int) -> int:
        """The unsigned number at an offset; 0 beyond the end."""
        raw = self.data[self.start + at : min(self.start + at + octets, self.end)]
        if len(raw) < octets:
            return 0
        return int(struct.unpack(self.order + {2: "H", 4: "I"}[octets], raw)[0])

    def entries(self, directory: int) -> list[int]:
        """Offsets of the directory's entries, as far as they lie inside."""
        fitting = max(0, (self.end - self.start - directory - 2) // 12)
        return [directory + 2 + 12 * each for each in range(min(self.number(directory, 2), fitting))]

    def value(self, entry: int) -> tuple[int, int]:
        """From where to where the entry's value reaches, counted from the beginning of the file."""
        octets = UNIT_OCTETS.get(self.number(entry + 2, 2), 1) * self.number(entry + 4, 4)
        at = self.start + (entry + 8 if octets <= 4 else self.number(entry + 8, 4))
        return at, min(at + octets, self.end)


def _clear(tiff: _Tiff, directory: int, waiting: list[int]) -> bool:
    """Take position, XMP and IPTC out of one directory; those it leads to are put to `waiting`."""
    entries = tiff.entries(directory)
    after = tiff.start + directory + 2 + 12 * len(entries)
    following = tiff.data[after : min(after + 4, tiff.end)]
    waiting.append(tiff.number(directory + 2 + 12 * len(entries), 4))
    kept, condemned = [], []
    for entry in entries:
        tag = tiff.number(entry, 2)
        if tag in (POSITION, XMP, IPTC):
            condemned.append(entry)
            continue
        kept.append(tiff.data[tiff.start + entry : tiff.start + entry + 12])
        if tag in DIRECTORIES:
            at, end = tiff.value(entry)
            waiting.extend(tiff.number(each - tiff.start, 4) for each in range(at, min(end, at + 4 * 16), 4))
    if not condemned:
        return False
    for entry in condemned:
        if tiff.number(entry, 2) == POSITION:
            _blank_directory(tiff, tiff.number(entry + 8, 4))
        else:
            blank(tiff.data, *tiff.value(entry))
    rest = b"".join(kept) + following
    first = tiff.start + directory
    tiff.data[first : first + 2] = struct.pack(tiff.order + "H", len(kept))
    tiff.data[first + 2 : first + 2 + len(rest)] = rest
    blank(tiff.data, first + 2 + len(rest), after + len(following))
    return True


def _blank_directory(tiff: _Tiff, directory: int) -> None:
    entries = tiff.entries(directory)
    for entry in entries:
        at, end = tiff.value(entry)
        blank(tiff.data, max(at, tiff.start), end)
        # Each as soon as it is done with: directories may overlap, and what is blank leads nowhere.
    blank(tiff.data, tiff.start + directory, min(tiff.start + directory + 2 + 12 * len(entries) + 4, tiff.end))
