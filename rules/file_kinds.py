"""What a file is, by what it holds: its name and what its sender says count for nothing but plain text's two names."""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
from enum import StrEnum
from functools import partial
from typing import BinaryIO

import puremagic

HEAD_OCTETS = 8192
TEXT_OCTETS = 64 * 1024
LONGEST_NAME = 255
DIRECTORY_OCTETS = 1024 * 1024
"""A larger list of its parts has no document, and would cost memory to read."""
END_OF_DIRECTORY = b"PK\x05\x06"
LONGEST_END = 22 + 65_535
"""The record that ends a ZIP, with the longest comment."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""What no text holds but tabulators, line and page ends."""


class FileKind(StrEnum):
    """A kind of file that can be taken; the settings say which are."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    PDF = "pdf"
    TXT = "txt"
    CSV = "csv"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"
    ODS = "ods"

    @property
    def media_type(self) -> str:
        """The registered one (IANA)."""
        return MEDIA_TYPES[self]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How names of such files end, the usual one first."""
        return SUFFIXES.get(self, (f".{self}",))


MEDIA_TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/webp",
    FileKind.HEIC: "image/heic",
    FileKind.AVIF: "image/avif",
    FileKind.PDF: "application/pdf",
    FileKind.TXT: "text/plain",
    FileKind.CSV: "text/csv",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
}
SUFFIXES = {
    FileKind.JPEG: (".jpg", ".jpeg", ".jfif"),
    FileKind.HEIC: (".heic", ".heif"),
    FileKind.TXT: (".txt", ".log", ".md"),
}
BY_MAGIC = {
    "image/jpeg": FileKind.JPEG,
    "image/png": FileKind.PNG,
    "image/webp": FileKind.WEBP,
    "image/heif": FileKind.HEIC,
    "image/heic": FileKind.HEIC,
    "image/avif": FileKind.AVIF,
    "application/pdf": FileKind.PDF,
}
"""As puremagic calls them."""
OPEN_DOCUMENTS = {MEDIA_TYPES[kind].encode(): kind for kind in (FileKind.ODT, FileKind.ODS)}
OFFICE_PARTS = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX}
MACROS = "vbaProject.bin"


def kind_of(file: BinaryIO, name: str) -> FileKind | None:
    """What `file` is by its content, None if it is nothing that can be taken. `name` decides between TXT and CSV."""
    file.seek(0)
    head = file.read(HEAD_OCTETS)
    if head.startswith(b"PK\x03\x04"):
        return _document(file, head)
    if head[4:8] == b"ftyp" and b"heic" in head[8 : int.from_bytes(head[:4], "big")]:
        return FileKind.HEIC  # whatever the major brand is (ISO/IEC 23008-12, 10.2.2)
    try:
        found = [BY_MAGIC[match.mime_type] for match in puremagic.magic_string(head) if match.mime_type in BY_MAGIC]
    except puremagic.PureError:
        found = []
    if found:
        return found[0]
    if _is_text(file):
        return FileKind.CSV if name.lower().endswith(".csv") else FileKind.TXT
    return None


def safe_name(given: str, kind: FileKind) -> str:
    """A name to keep: the last part of a path, NFC, without characters that do not show, ending as `kind` does."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    shown = "".join(" " if letter.isspace() else letter for letter in last if letter.isprintable() or letter.isspace())
    plain = " ".join(shown.split()).strip(". ")
    suffix = next((each for each in kind.suffixes if plain.lower().endswith(each)), "")
    stem, ending = (plain[: -len(suffix)], plain[-len(suffix) :]) if suffix else (plain, kind.suffixes[0])
    stem = stem.rstrip(". ") or "file"
    return stem[: LONGEST_NAME - len(ending)] + ending


def _document(file: BinaryIO, head: bytes) -> FileKind | None:
    """What a ZIP is: an OpenDocument names itself in its first part (ODF 1.3, part 2, 3.3), Office Open XML has a part
    that is named by convention. One with macros is nothing that can be taken."""
    if head[30:38] == b"mimetype":
        return next((kind for media, kind in OPEN_DOCUMENTS.items() if head[38:].startswith(media + b"PK")), None)
    file.seek(max(0, file.seek(0, 2) - LONGEST_END))
    tail = file.read()
    end = tail.rfind(END_OF_DIRECTORY)
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > DIRECTORY_OCTETS:
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith(MACROS) for name in names):
        return None
    return next((kind for part, kind in OFFICE_PARTS.items() if part in names), None)


def _is_text(file: BinaryIO) -> bool:
    """Whether it reads as Unicode, or else as what Windows writes in Russia, without control characters."""
    file.seek(0)
    start = file.read(2)
    encodings = ("utf-16",) if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ("utf-8", "cp1251")
    return any(_reads_as(encoding, file) for encoding in encodings)


def _reads_as(encoding: str, file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        for chunk in iter(partial(file.read, TEXT_OCTETS), b""):
            if CONTROL.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
