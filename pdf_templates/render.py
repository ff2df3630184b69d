"""Prints a journal: `paper.JournalPaper` in, the bytes of a PDF out. The only importer of pdfkit.

The engine is wkhtmltopdf in a closed box: nothing but our own script runs in it, it reads no file, reaches no
network, has little memory and little time. Why this engine: docs/decisions/0005-paper.md.
"""

import asyncio
import os
import re
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import pdfkit

from pdf_templates.paper import JournalPaper
from pdf_templates.sheet_plan import SheetPlan, sheet_plan
from pdf_templates.typesetting import journal_html

ENGINES = asyncio.Semaphore(2)
"""So many engines run at once; further prints wait, inside their own time limit."""
MEMORY_BYTES = 3 * 1024**3
"""Of address space, half of which the engine's script interpreter reserves and never touches."""
OUTPUT = "journal.pdf"
"""Not standard output: under uvloop that is a socket, which the engine cannot open by name."""
PAGE = re.compile(rb"/Type /Page\b")


class EngineMissing(Exception):
    """A program that printing needs is not installed; the message names it."""


class RenderFailed(Exception):
    """The engine did not bring a faultless PDF in time; the message says what it brought."""


async def render_journal(paper: JournalPaper, *, engine: str | None = None, timeout_seconds: float = 60) -> bytes:
    """The journal as a PDF on A4, upright or across as its columns need, fonts embedded.

    :param engine: name or path of the wkhtmltopdf program; by default the one on the path
    :param timeout_seconds: for all of it, a wait for other prints included; then the engine is killed
    :raises EngineMissing: if wkhtmltopdf, or prlimit (util-linux), is not there
    :raises RenderFailed: if it takes too long, too much memory, or the result is not what the paginator laid out
    :raises ValueError: if a moment of `paper` has no time zone
    """
    program, limiter = _program(engine or "wkhtmltopdf"), _program("prlimit")
    plan, nonce = sheet_plan(paper), secrets.token_hex(16)
    try:
        async with asyncio.timeout(timeout_seconds), ENGINES:
            html = await asyncio.to_thread(journal_html, paper, plan, nonce)
            limits = [limiter, f"--as={MEMORY_BYTES}", f"--cpu={round(timeout_seconds) + 1}", "--core=0", "--"]
            document, remarks = await _run([*limits, *_command(program, plan, html)], html)
    except TimeoutError as error:
        raise RenderFailed(f"no PDF within {timeout_seconds:g} s") from error
    laid_out = re.search(rf"sheets {nonce} (\d+)", remarks)
    if not document.startswith(b"%PDF-") or not laid_out:
        raise RenderFailed(f"the engine brought no PDF: {remarks[-500:]}")
    if (printed := len(PAGE.findall(document))) != int(laid_out[1]):
        raise RenderFailed(f"{laid_out[1]} sheets were laid out, {printed} pages printed")
    return document


def _program(name: str) -> str:
    if path := shutil.which(name):
        return path
    raise EngineMissing(name)


def _command(program: str, plan: SheetPlan, html: str) -> list[str]:
    options = {
        "page-size": "A4",
        "orientation": plan.orientation,
        "margin-top": "10mm",
        "margin-bottom": "8mm",
        "margin-left": "15mm",
        "margin-right": "10mm",
        "dpi": "300",
        "encoding": "utf-8",
        "window-status": "ready",
        # A long journal keeps the paginator busy for longer than the engine's own patience; our time limit stands.
        "no-stop-slow-scripts": "",
        # The console carries the paginator's word, the number of sheets.
        "debug-javascript": "",
        "log-level": "warn",
        "disable-local-file-access": "",
        "disable-plugins": "",
        # Everything stands inline; should anything still ask for the network, nobody answers at this proxy.
        "proxy": "http://127.0.0.1:9",
        "load-error-handling": "ignore",
        "load-media-error-handling": "ignore",
    }
    # pdfkit takes options from <meta> elements of the page, so nobody may guess how it recognises them.
    configuration = pdfkit.configuration(wkhtmltopdf=program, meta_tag_prefix=f"x-{secrets.token_hex(16)}-")
    command: list[str] = pdfkit.PDFKit(
        html, "string", options=options, configuration=configuration, verbose=True
    ).command(OUTPUT)
    return command


async def _run(command: list[str], html: str) -> tuple[bytes, str]:
    """What the engine wrote and what it said. However this ends, no process and no file of it stay behind."""
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=folder,
                env={
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "HOME": folder,
                    "TMPDIR": folder,
                    "XDG_RUNTIME_DIR": folder,
                    "QT_QPA_PLATFORM": "offscreen",
                },
                start_new_session=True,
            )
        )
        try:
            process = await asyncio.shield(starting)
            # An unpaired surrogate is no character and has no UTF-8; a question mark stands for it.
            remarks, _ = await process.communicate(html.encode(errors="replace"))
        finally:
            # Waited for once more: a print may be called off while its engine is still starting.
            process = await starting
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return await asyncio.to_thread(_written, Path(folder, OUTPUT)), remarks.decode(errors="replace")


def _written(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
