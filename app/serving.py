"""Running the product: database, tables, authority and demo data stand before the first request is taken."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from app.announcement import announce, warn
from app.authority_at_start import check_authority, make_demo_authority
from app.database import DatabaseEnd, ready_database
from app.http_protocol import BoundedHeads
from app.mail_at_start import warn_of_unsent_mail
from app.settings import Settings
from app.sockets import LARGEST_MESSAGE
from app.startup_refusal import Line, StartupRefused

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
COLLECTOR_THRESHOLDS = (5_000, 10, 100)
PROTOCOLS: dict[str, Any] = {
    "lifespan": "on",
    "http": BoundedHeads,
    "log_config": None,
    # A connection's next request would else begin with what its last one had found out (rules/tenancy.py).
    "reset_contextvars": True,
    "server_header": False,
    "ws": "websockets-sansio",
    "ws_max_size": LARGEST_MESSAGE,
    "ws_per_message_deflate": False,  # compression is the proxy's: here each frame would be packed per member
}
"""How uvicorn speaks to clients, wherever the product is served."""
STOP_SECONDS = 10
"""How long requests at work may take to finish after we were told to stop."""


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then stop everything in order.

    :raises StartupRefused: if the port, the data folder, the authority or the database is not as it has to be
    """
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner, contextlib.suppress(asyncio.CancelledError):
        runner.run(_run(settings))


async def _run(settings: Settings) -> None:
    task = asyncio.current_task()
    if task:
        _on_stop_signal(task.cancel)
    with _bound_socket(settings) as listener:
        if settings.demo:
            make_demo_authority(settings)
        check_authority(settings)
        async with ready_database(settings) as (served, database_end):
            await _serve(served, listener, database_end)


async def _serve(settings: Settings, listener: socket.socket, database_end: DatabaseEnd | None) -> None:
    # Only now, so that a refusal does not wait for the whole house to be imported.
    from app.assembly import build
    from app.demo import create_demo

    if not settings.jobs and database_end is not None:
        line = Line(
            ru="JOBS=0 при встроенной базе: заданий не выполняет никто.",
            en="JOBS=0 with the embedded database: nobody does the jobs.",
        )
        warn(line, settings.console_language)
    if database_end is None:
        warn_of_unsent_mail(settings)
    accounts = await create_demo(settings) if settings.demo else []
    server = _Server(build(settings), settings, started=partial(announce, settings, accounts))
    stop = partial(setattr, server, "should_exit", True)
    _on_stop_signal(stop)
    end = asyncio.create_task(database_end()) if database_end else None
    if end:
        end.add_done_callback(lambda _: stop())
    await server.serve(sockets=[listener])
    if end and not end.cancel():
        raise StartupRefused(ru="PostgreSQL неожиданно завершился.", en="PostgreSQL has ended unexpectedly.")


class _Server(uvicorn.Server):
    """uvicorn, but the signals are left to us: it would end the process before the database is stopped."""

    def __init__(self, application: Callable[..., Any], settings: Settings, *, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                forwarded_allow_ips=[*settings.trusted_proxies],
                timeout_graceful_shutdown=STOP_SECONDS,
                **PROTOCOLS,
            )
        )
        self._announce = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _settle()
            self._announce()


def _settle() -> None:
    """Keep the garbage collector from walking through the whole house again and again: what stands when serving begins
    stays. With Python's own thresholds its passes are the slowest answers (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _on_stop_signal(action: Callable[[], object]) -> None:
    """Have the first SIGINT or SIGTERM do `action`. More of them, as wrappers send, do not cut the stop short."""
    loop = asyncio.get_running_loop()

    def act_once() -> None:
        for each in STOP_SIGNALS:
            loop.add_signal_handler(each, lambda: None)
        action()

    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, act_once)


@contextmanager
def _bound_socket(settings: Settings) -> Iterator[socket.socket]:
    """The address to serve at, ours from the very start; connections are taken when uvicorn listens."""
    host, port = settings.host, settings.port
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            raise StartupRefused(
                ru=f"Порт {port} на {host}: {'занят' if busy else error.strerror}; задайте другой --port или --host.",
                en=f"Port {port} at {host}: {'in use' if busy else error.strerror}; choose another --port or --host.",
            ) from error
        yield listener
