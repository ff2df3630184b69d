"""Every journal type that is shipped: an entry with a value in every column, signed by both sides, read and printed in
both languages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from client import Client
from shown import Show
from world import CREATE_ENTRY, CREATE_USER, OPEN_JOURNAL, PROBLEM, People, person, sign, warehouse

from rules.founding import SHIPPED_TYPES

PUBLISH = f"""
mutation ($input: PublishJournalTypeInput!) {{
  publishJournalType(input: $input) {{ __typename ... on JournalType {{ id draft }} {PROBLEM} }}
}}
"""
ADD_SYSTEM = f"""
mutation ($input: AddSystemInput!) {{
  addSystem(input: $input) {{ __typename ... on System {{ id }} {PROBLEM} }}
}}
"""
TYPES = "{ journalTypes { id code name draft version { columns signaturePolicy } } }"
READ = """
query ($id: ID!) {
  entry(id: $id) {
    number status
    journal { type { code name } }
    revision { values typeVersion { name columns } }
    signatures { side standing }
  }
}
"""
SYSTEMS = ("АПС-корпуса-А", "Лифт-грузовой-2")
UNPRINTED = str.maketrans("", "", " \n\t\f\N{NO-BREAK SPACE}\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}")


def value_for(column: dict[str, Any], systems: list[str]) -> Any:
    """A value that the column's schema takes."""
    match column["schema"]:
        case {"type": "array", "items": {"format": "system"}}:
            return systems
        case {"type": "array", "items": {"enum": list(keys)}}:
            return keys
        case {"enum": list(keys)}:
            return keys[-1]
        case {"type": "boolean"}:
            return True
        case {"type": "integer", "minimum": least}:
            return least
        case {"format": "system"}:
            return systems[0]
        case {"format": "decimal"}:
            return "0.50"
        case {"format": "date"}:
            return "2026-11-20"
        case {"format": "date-time"}:
            return "2026-11-20T10:15:00Z"
        case {"maxLength": most}:
            return f"Сведения графы {column['key']}"[:most]
    raise AssertionError(column)


def told(column: dict[str, Any], value: Any, language: str) -> list[str]:
    """What the paper has to say of a value."""
    unit = column.get("unit", {}).get(language, "")
    match column["schema"]:
        case {"format": "system"} | {"items": {"format": "system"}}:
            return [*SYSTEMS[: len(value) if isinstance(value, list) else 1]]
        case {"type": "array"}:
            return [column["choices"][key][language] for key in value]
        case {"enum": _}:
            return [column["choices"][value][language]]
        case {"type": "boolean"}:
            return ["да" if language == "ru" else "yes"]
        case {"format": "decimal"}:
            return [("0,50" if language == "ru" else "0.50") + unit]
        case {"format": "date"}:
            return ["20.11.2026" if language == "ru" else "20 Nov 2026"]
        case {"format": "date-time"}:
            return ["20.11.2026 13:15" if language == "ru" else "20 Nov 2026, 13:15"]
    return [f"{value}{unit}"]


async def sheets(client: Client, journal_id: str, language: str, folder: Path) -> str:
    """All that the printed volume says, in the order it is drawn, without white space."""
    answer = await client.http.get(f"/print/journals/{journal_id}.pdf", params={"lang": language})
    assert answer.status_code == 200, answer.text
    (folder / "journal.pdf").write_bytes(answer.content)
    process = await asyncio.create_subprocess_exec(
        *("pdftotext", "-raw", "journal.pdf", "-"), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return output.decode().translate(UNPRINTED)


async def test_every_type_is_recorded_signed_read_and_printed(client: Client, shown: Show, tmp_path: Path) -> None:
    people = await People.of(client)
    types = {kind["code"]: kind for kind in (await people.owner.ask(TYPES))["journalTypes"]}
    assert set(types) == set(SHIPPED_TYPES)
    site = await warehouse(people.operator_admin)
    journals = {journal["type"]["code"]: journal["id"] for journal in site["journals"]}
    systems = [
        (
            await people.operator_admin.do(
                ADD_SYSTEM, input={"objectId": site["id"], "kind": kind, "name": name, "model": "М-1", "serial": "17"}
            )
        )["id"]
        for kind, name in zip(("FIRE_ALARM", "LIFT"), SYSTEMS, strict=True)
    ]
    rows = []
    reader = person(site["subscriber"]["id"], "SUBSCRIBER_ADMIN", "reader@demo.test")
    await people.owner.do(CREATE_USER, input={**reader, "language": "EN"})
    readers = {"ru": people.subscriber_employee, "en": await client.signed_in("reader@demo.test", "correct horse")}
    for code in SHIPPED_TYPES:
        kind = types[code]
        if kind["draft"]:
            problem = await people.operator_admin.refused(
                OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kind["id"]}
            )
            assert problem["field"] == "typeId", code
            assert not (await people.owner.do(PUBLISH, input={"typeId": kind["id"]}))["draft"]
        if code not in journals:
            opened = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kind["id"]})
            journals[code] = opened["id"]
        columns = kind["version"]["columns"]
        values = {column["key"]: value_for(column, systems) for column in columns}
        entry = await people.operator_employee.do(CREATE_ENTRY, input={"journalId": journals[code], "values": values})
        for signer in (people.operator_employee, people.subscriber_employee):
            await sign(signer, entry)
        for language, reader in readers.items():
            read = (await reader.ask(READ, id=entry["id"]))["entry"]
            assert (read["status"], read["revision"]["values"]) == ("SIGNED", values), code
            assert sorted((one["side"], one["standing"]) for one in read["signatures"]) == [
                *(("OPERATOR", "CURRENT"), ("SUBSCRIBER", "CURRENT")),
            ]
            assert read["revision"]["typeVersion"]["columns"] == columns
            paper = await sheets(reader, journals[code], language, tmp_path)
            said = [read["journal"]["type"]["name"], *(column["label"][language] for column in columns)]
            said += [text for column in columns for text in told(column, values[column["key"]], language)]
            missing = [text for text in said if text.translate(UNPRINTED) not in paper]
            assert not missing, (code, language, missing)
        rows.append((code, str(len(columns)), "draft, published" if kind["draft"] else "", "2", "SIGNED", "ru, en"))
    heads = ("type", "columns", "shipped as", "signatures", "status", "read and printed")
    shown("Every journal type: recorded, signed by both sides, read and printed", heads, rows)
