"""The print form, looked at with other people's eyes: poppler's text and fonts, zbar's reading of the QR codes."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pdf_templates.paper import (
    ColumnPaper,
    DeclinePaper,
    EntryPaper,
    JournalPaper,
    PersonPaper,
    ResponsiblePaper,
    SlotPaper,
    StampPaper,
)
from pdf_templates.render import render_journal
from pdf_templates.wording import PHRASES

NOON = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
LABELS = (
    "Система",
    "Место",
    "Вид работ",
    "Основание",
    "Содержание работ",
    "Заменено",
    "Результат",
    "Неисправности",
    "Срок",
    "Отметка",
)
COLUMNS = tuple(ColumnPaper(key=f"c{index}", label=label) for index, label in enumerate(LABELS))
VALUES = {column.key: f"значение-{column.key}" for column in COLUMNS}
DEJAVU_LINE = 1.164
"""Height of DejaVu's ascent and descent together, in em: what poppler reports as the height of a word."""


def stamp(code: str, **changes: object) -> StampPaper:
    paper = StampPaper(
        side="OPERATOR",
        name="Смирнов Александр Константинович",
        position="инженер по обслуживанию систем",
        organization="ООО «Пожсервис»",
        certificate_serial="4F3A9C0D11E27B5586A1CC0293D47F60A1B2C3D4",
        not_before=NOON - timedelta(days=100),
        not_after=NOON + timedelta(days=265),
        signed_at=NOON + timedelta(hours=2),
        revision=1,
        code=code,
        verify_url=f"https://journals.example.ru/verify/{code}",
        level="T",
        standing="CURRENT",
    )
    return replace(paper, **changes)


def entry(number: int, **changes: object) -> EntryPaper:
    paper = EntryPaper(
        number=number,
        revision=1,
        revisions=1,
        status="SIGNED",
        performed_at=NOON,
        recorded_at=NOON + timedelta(hours=1),
        author=PersonPaper(name="Смирнов Александр", position=None, organization="ООО «Пожсервис»"),
        reason=None,
        digest=hashlib.sha256(bytes([number])).hexdigest(),
        columns=COLUMNS,
        values=VALUES,
        stamps=(stamp(f"OPERATOR{number:016}"), stamp(f"SUBSCRIBER{number:014}", side="SUBSCRIBER")),
    )
    return replace(paper, **changes)


def journal(*entries: EntryPaper, **changes: object) -> JournalPaper:
    paper = JournalPaper(
        language="ru",
        type_name="Журнал эксплуатации систем противопожарной защиты",
        regulation="ППР РФ, п. 17(1)",
        approval="приказ от 12.01.2026 № 14-ПБ",
        volume=3,
        status="ACTIVE",
        object_name="Торговый центр «Северный»",
        address="Санкт-Петербург, Большой проспект, 60",
        time_zone="Europe/Moscow",
        operator="ООО «Пожсервис»",
        subscriber="АО «Северный»",
        contract_number="ТО-117",
        contract_date=date(2026, 1, 15),
        opened_at=NOON - timedelta(days=90),
        closed_at=None,
        responsible=(
            ResponsiblePaper(
                name="Кузнецова Мария",
                position="главный инженер",
                organization="АО «Северный»",
                side="SUBSCRIBER",
                valid_from=NOON - timedelta(days=90),
                valid_to=None,
            ),
        ),
        columns=COLUMNS,
        entries=entries,
        printed_by="Кузнецова Мария, АО «Северный»",
        printed_at=NOON + timedelta(days=1),
        document_code="0193f0c4-5b7e-7d10-9a55-2f4f9c1f6a11",
        verify_url="https://journals.example.ru/verify",
    )
    return replace(paper, **changes)


REVISED = entry(
    2,
    revision=2,
    revisions=2,
    status="AWAITING_SIGNATURES",
    reason="Датчиков было три.",
    stamps=(
        stamp("SECOND0000000000000000", revision=2),
        stamp("FIRST00000000000000000", side="SUBSCRIBER", standing="SUPERSEDED"),
    ),
    awaiting=(SlotPaper(side="SUBSCRIBER", duty="RESPONSIBLE"),),
)
DECLINED = entry(
    3,
    status="DECLINED",
    stamps=(),
    declines=(
        DeclinePaper(
            side="SUBSCRIBER",
            name="Кузнецова Мария",
            position="главный инженер",
            organization="АО «Северный»",
            declined_at=NOON,
            reason="Помещение 214 не проверено.",
        ),
    ),
)
OTHER_FORM = tuple(ColumnPaper(key=f"d{index}", label=f"Графа-{index}", unit="Па") for index in range(3))
EVERYTHING = journal(
    entry(1),
    REVISED,
    DECLINED,
    *(entry(number) for number in range(4, 9)),
    entry(9, columns=OTHER_FORM, values={"d0": "давление-101"}),
    entry(10, status="ANNULLED", stamps=(stamp("VOID000000000000000000", standing="ANNULLED"),)),
)


@pytest.fixture(scope="session")
async def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paper") / "everything.pdf"
    path.write_bytes(await render_journal(EVERYTHING))
    return path


def tool(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


def pages(path: Path) -> list[str]:
    """The text of each page, every run of white space one space."""
    return [" ".join(page.split()) for page in tool("pdftotext", "-layout", path, "-").split("\f")[:-1]]


async def text_of(paper: JournalPaper, folder: Path) -> list[str]:
    path = folder / "paper.pdf"
    path.write_bytes(await render_journal(paper))
    return pages(path)


def test_title_page_says_what_the_volume_is(printed: Path) -> None:
    title = pages(printed)[0]
    for words in (
        "Журнал эксплуатации систем противопожарной защиты",
        "Том 3",
        "Статус: действующий",
        "Торговый центр «Северный»",
        "Большой проспект, 60",
        "ООО «Пожсервис»",
        "АО «Северный»",
        "№ ТО-117 от 15.01.2026",
        "22.08.2026 15:00:05 UTC+03:00",
        "не окончен",
        "приказ от 12.01.2026 № 14-ПБ",
        "ППР РФ, п. 17(1)",
        "Кузнецова Мария",
        "с 22.08.2026 по настоящее",
        "0193f0c4-5b7e-7d10-9a55-2f4f9c1f6a11",
        "Распечатано 21.11.2026 15:00:05 UTC+03:00",
        "https://journals.example.ru/verify",
    ):
        assert words in title


def test_every_entry_is_there_with_its_marks_in_words(printed: Path) -> None:
    text = " ".join(pages(printed)[1:])
    assert all(text.count(each.digest) == 1 for each in EVERYTHING.entries)
    assert text.count("значение-c4") == 9
    assert text.count("Документ подписан электронной подписью") == 15
    for words in (
        "Ожидает подписей",
        "Редакция 2 из 2",
        "Датчиков было три.",
        "Подпись не поставлена",
        "Ожидается ответственный",
        "Подпись под редакцией 1 отозвана: запись изменена",
        "Отклонена: в подписи отказано",
        "Помещение 214 не проверено.",
        "Аннулирована",
        "Подпись под редакцией 1: запись аннулирована",
        "Графа-1, Па",
        "давление-101",
        "4F3A9C0D11E27B5586A1CC0293D47F60A1B2C3D4",
        "с 12.08.2026 по 12.08.2027",
        "20.11.2026 17:00:05 UTC+03:00",
        "Конец тома. Записей: 10",
    ):
        assert words in text


def test_signature_is_never_called_qualified(printed: Path) -> None:
    text = " ".join(pages(printed))
    assert "неквалифицированная (УНЭП)" in text
    assert not re.search(r"(?<!не)квалифицированн", text)


def test_every_page_has_its_number_and_the_head_of_its_table(printed: Path) -> None:
    texts = pages(printed)
    assert len(texts) > 4
    for number, text in enumerate(texts, start=1):
        assert f"стр. {number} из {len(texts)}" in text
        assert "Копия электронного документа; проверить: https://journals.example.ru/verify" in text
    assert all("Заменено" in text or "Графа-2" in text for text in texts[1:])


def test_all_fonts_are_embedded(printed: Path) -> None:
    rows = tool("pdffonts", printed).splitlines()[2:]
    assert len(rows) >= 3
    assert all(row.split()[-5] == "yes" and "DejaVu" in row for row in rows)


def test_qr_codes_read_from_the_printed_page_lead_to_verification(printed: Path, tmp_path: Path) -> None:
    tool("pdftoppm", "-r", "150", "-gray", printed, tmp_path / "page")
    read = tool("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *tmp_path.glob("*.pgm")).split()
    addresses = [stamp.verify_url for each in EVERYTHING.entries for stamp in each.stamps]
    assert sorted(read) == sorted([EVERYTHING.verify_url, *addresses])


def test_print_is_legible_inside_the_sheet_and_nothing_overlaps(printed: Path) -> None:
    document = ElementTree.fromstring(tool("pdftotext", "-bbox", printed, "-"))
    for page in document.iter("{http://www.w3.org/1999/xhtml}page"):
        words = [
            (*(float(word.attrib[side]) for side in ("xMin", "yMin", "xMax", "yMax")), word.text or "")
            for word in page.iter("{http://www.w3.org/1999/xhtml}word")
        ]
        for left, top, right, bottom, text in words:
            assert 40 < left < right < float(page.attrib["width"]) - 26, text
            assert 24 < top < bottom < float(page.attrib["height"]) - 20, text
            assert bottom - top > (8 if text.startswith(("значение", "стр", "SHA")) else 7) * DEJAVU_LINE, text
        for one, other in combinations(words, 2):
            width = min(one[2], other[2]) - max(one[0], other[0])
            height = min(one[3], other[3]) - max(one[1], other[1])
            assert width < 0.5 or height < 2.5, (one, other)


async def test_entry_longer_than_a_sheet_loses_and_repeats_no_word(tmp_path: Path) -> None:
    words = [f"слово{number}" for number in range(2500)]
    texts = await text_of(
        journal(entry(1, values={"c4": " ".join(words)}), entry(2, values={"c4": "Щ" * 5000})), tmp_path
    )
    text = " ".join(texts)
    assert re.findall(r"слово\d+", text) == words
    assert text.count("Щ") == 5000
    assert any("Запись № 1, продолжение" in page and "Содержание работ" in page for page in texts)


async def test_volume_without_entries_says_so_under_the_head_of_its_table(tmp_path: Path) -> None:
    texts = await text_of(journal(responsible=(), approval=None, regulation=None), tmp_path)
    assert "Ответственные лица не назначены." in texts[0]
    assert "Содержание работ" in texts[1]
    assert "В этом томе записей нет." in texts[1]


async def test_english_archived_volume_in_the_zone_of_its_object(tmp_path: Path) -> None:
    late = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    texts = await text_of(
        journal(
            entry(1, performed_at=late, columns=OTHER_FORM, values={}),
            language="en",
            status="ARCHIVED",
            columns=OTHER_FORM,
            closed_at=late,
            time_zone="Asia/Kathmandu",
        ),
        tmp_path,
    )
    assert "Status: archived" in texts[0]
    assert "21 Nov 2026 02:15:00 UTC+05:45" in texts[0]
    assert "page 2 of 2" in texts[1]
    assert texts[1].count("Enhanced non-qualified signature") == 2
    assert texts[1].count("CAdES-T") == 2
    assert "0193f0c4-5b7e-7d10-9a55-2f4f9c1f6a11" in texts[1]


async def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        await render_journal(journal(opened_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_every_phrase_has_both_languages() -> None:
    assert all(phrase.ru.strip() and phrase.en.strip() for phrase in PHRASES.values())
