"""The closed box around the engine: what hostile content, a slow engine and a wrong one can do. They can do nothing."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_paper import entry, journal, pages, text_of

from pdf_templates import render
from pdf_templates.render import EngineMissing, RenderFailed, render_journal
from pdf_templates.sheet_plan import PORTRAIT

TESTS = Path(__file__).parent
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


@dataclass(frozen=True)
class Endless:
    """An engine that never ends, with a child; through a pipe it tells both process ids and its folder."""

    program: str
    pipe: Path

    async def started(self) -> tuple[list[int], Path]:
        """Handles of the two processes, now running, and the folder made for them."""
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        # Open for writing too: then neither side waits for the other to open.
        pipe = os.open(self.pipe, os.O_RDWR | os.O_NONBLOCK)
        loop.add_reader(pipe, lambda: told.done() or told.set_result(os.read(pipe, 4096)))
        try:
            line: bytes = await asyncio.wait_for(told, 20)
        finally:
            loop.remove_reader(pipe)
            os.close(pipe)
        *processes, folder = line.decode().split()
        assert os.stat(folder).st_mode & 0o777 == 0o700
        return [os.pidfd_open(int(process)) for process in processes], Path(folder)


@pytest.fixture
def endless(tmp_path: Path) -> Endless:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    return Endless(engine(tmp_path, "sleep 600 &", f'echo "$$ $! $PWD" > {pipe}', "wait"), pipe)


def have_ended(processes: list[int]) -> bool:
    """A process handle becomes readable when its process has ended."""
    ended = [select.select([process], [], [], 5)[0] for process in processes]
    for process in processes:
        os.close(process)
    return all(ended)


async def test_slow_engine_is_killed_with_its_children_and_leaves_nothing(endless: Endless) -> None:
    printing = asyncio.create_task(render_journal(journal(), engine=endless.program, timeout_seconds=3))
    processes, folder = await endless.started()
    with pytest.raises(RenderFailed, match="no PDF within 3 s"):
        await printing
    assert have_ended(processes)
    assert not folder.exists()


async def test_cancelled_print_kills_its_engine(endless: Endless) -> None:
    printing = asyncio.create_task(render_journal(journal(), engine=endless.program))
    processes, folder = await endless.started()
    printing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await printing
    assert have_ended(processes)
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
    program = engine(tmp_path, "cat > /dev/null", f'echo "{output}" > {render.OUTPUT}')
    with pytest.raises(RenderFailed, match="brought no PDF"):
        await render_journal(journal(), engine=program)


async def test_engine_that_writes_nothing_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(RenderFailed, match="brought no PDF: no fonts here"):
        await render_journal(journal(), engine=engine(tmp_path, "cat > /dev/null", "echo no fonts here >&2"))


async def test_lost_sheet_is_noticed(tmp_path: Path) -> None:
    real = render._program("wkhtmltopdf")
    program = engine(tmp_path, f'{real} "$@"', f"sed -i 's,/Type /Page$,/Type /None,' {render.OUTPUT}")
    with pytest.raises(RenderFailed, match="2 sheets were laid out, 0 pages printed"):
        await render_journal(journal(), engine=program)


def test_prints_on_the_event_loop_that_serves(tmp_path: Path) -> None:
    program = (
        "import uvloop, sys; from test_paper import journal; from pdf_templates.render import render_journal;"
        "sys.stdout.buffer.write(uvloop.run(render_journal(journal())))"
    )
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, timeout=60
    )
    assert answer.stdout.startswith(b"%PDF-")
