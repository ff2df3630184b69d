"""The closed box around the engine: what hostile content, a slow engine and a wrong one can do. They can do nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from test_paper import entry, journal, pages, text_of

from pdf_templates import render
from pdf_templates.render import EngineMissing, RenderFailed, render_journal
from pdf_templates.sheet_plan import PORTRAIT

Trap = tuple[str, list[object]]
"""A server's address, and who came."""


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    callers: list[object] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", callers


def hostile_markup(address: str, file: Path) -> str:
    return (
        f'</div><img src="{address}/image.png"><iframe src="{file.as_uri()}"></iframe><iframe src="{address}"></iframe>'
        f'<meta name="pdfkit-enable-local-file-access" content=""><meta name="pdfkit-cover" content="{file.as_uri()}">'
        f'<link rel="stylesheet" href="{address}/style.css"><object data="{file.as_uri()}"></object>'
        f'<script>for (var a of ["{address}/x", "{file.as_uri()}"]) 0</script>'
        f'<script>["{address}/x", "{file.as_uri()}"].forEach(function (a) {{ try {{ var r = new XMLHttpRequest();'
        ' r.open("GET", a, false); r.send(); document.write("READ " + r.responseText) } catch (e) {} })</script>'
    )


async def test_hostile_values_are_printed_as_the_text_they_are(trap: Trap, tmp_path: Path) -> None:
    address, callers = trap
    secret = tmp_path / "secret.html"
    secret.write_text("<p>TOP-SECRET</p>")
    markup = hostile_markup(address, secret)
    values = {"c4": markup, "c0": "🧯 שלום \u202eперевёрнуто", "c1": "lone \ud800 surrogate"}
    texts = await text_of(journal(entry(1, values=values), object_name="<script>alert(1)</script>"), tmp_path)
    text = "".join("".join(texts).split())
    assert "".join(markup.split()) in text
    assert "<script>alert(1)</script>" in texts[0]
    assert "TOP-SECRET" not in text
    assert callers == []


async def test_engine_reads_no_file_and_no_network_even_if_markup_got_through(trap: Trap, tmp_path: Path) -> None:
    address, callers = trap
    secret = tmp_path / "secret.html"
    secret.write_text("<p>TOP-SECRET</p>")
    html = (
        f"<html><body><p>printed</p>{hostile_markup(address, secret)}"
        '<script>window.onload = function () { window.status = "ready" }</script></body></html>'
    )
    command = render._command(render._program("wkhtmltopdf"), PORTRAIT, html)
    assert not any("enable-local-file-access" in part or "cover" in part for part in command)
    (tmp_path / "paper.pdf").write_bytes((await asyncio.wait_for(render._run(command, html), 20))[0])
    text = " ".join(pages(tmp_path / "paper.pdf"))
    assert "printed" in text
    assert "TOP-SECRET" not in text
    assert callers == []


def engine(folder: Path, *lines: str) -> str:
    """A program that stands where wkhtmltopdf would."""
    path = folder / "engine"
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o700)
    return str(path)


@pytest.fixture
def endless(tmp_path: Path) -> tuple[str, Path]:
    """An engine that never ends, with a child; it tells both process ids and its folder through a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    return engine(tmp_path, "sleep 600 &", f'echo "$$ $! $PWD" > {pipe}', "wait"), pipe


def is_running(process: str) -> bool:
    try:
        return Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def started(pipe: Path) -> tuple[list[str], Path]:
    *processes, folder = (await asyncio.wait_for(asyncio.to_thread(pipe.read_text), 20)).split()
    assert all(is_running(process) for process in processes)
    assert os.stat(folder).st_mode & 0o777 == 0o700
    return processes, Path(folder)


async def test_slow_engine_is_killed_with_its_children_and_leaves_nothing(endless: tuple[str, Path]) -> None:
    printing = asyncio.create_task(render_journal(journal(), engine=endless[0], timeout_seconds=2))
    processes, folder = await started(endless[1])
    with pytest.raises(RenderFailed, match="no PDF within 2 s"):
        await printing
    assert not any(is_running(process) for process in processes)
    assert not folder.exists()


async def test_cancelled_print_kills_its_engine(endless: tuple[str, Path]) -> None:
    printing = asyncio.create_task(render_journal(journal(), engine=endless[0]))
    processes, folder = await started(endless[1])
    printing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await printing
    assert not any(is_running(process) for process in processes)
    assert not folder.exists()


async def test_missing_engine_is_named() -> None:
    with pytest.raises(EngineMissing, match="no-such-engine"):
        await render_journal(journal(), engine="no-such-engine")


async def test_third_print_waits_for_the_two_before_it(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    async with render.ENGINES, render.ENGINES:
        with pytest.raises(RenderFailed, match="no PDF within"):
            await render_journal(journal(), engine=engine(tmp_path, f"touch {trace}"), timeout_seconds=0.3)
    assert not trace.exists()


@pytest.mark.parametrize("output", ["nothing of use", "%PDF-1.4 without the paginator's word"])
async def test_what_is_not_the_laid_out_document_is_refused(output: str, tmp_path: Path) -> None:
    with pytest.raises(RenderFailed, match="brought no PDF"):
        await render_journal(journal(), engine=engine(tmp_path, f'cat > /dev/null; echo "{output}"'))


async def test_lost_sheet_is_noticed(tmp_path: Path) -> None:
    real = render._program("wkhtmltopdf")
    program = engine(tmp_path, f"{real} \"$@\" | sed 's,/Type /Page$,/Type /None,'")
    with pytest.raises(RenderFailed, match="2 sheets were laid out, 0 pages printed"):
        await render_journal(journal(), engine=program)
