"""`serve`: web, scheduler, a real Celery worker and, where no relay is set, a mail sink with an outbox page, in one."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
import uvicorn

from dripcourse import logs
from dripcourse.cli import house
from dripcourse.cli.alone import alone
from dripcourse.cli.output import say
from dripcourse.config import Settings, refuse_development_key
from dripcourse.errors import ConfigError
from dripcourse.flows.engine import relay
from dripcourse.mail.transports import Transport
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
from dripcourse.storage import leases, schema
from dripcourse.web.app import create_app
from workers import runtime
from workers.embedded import EmbeddedBeat, EmbeddedWorker

HOST = "127.0.0.1"
#: Connections; one more is told to come again (503). Most systems allow a process 1024 files, which must do for all.
MOST_AT_ONCE = 500


def to_sink(sink: Sink) -> Transport:
    """The way to a sink on this machine: a real SMTP conversation that ends in the outbox."""
    return SmtpTransport(SmtpSettings(host=HOST, port=sink.port, security="plain", timeout=10, deadline=30))


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The web part's port; 0: any free one.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = HOST,
) -> None:
    """Run everything in this one process. Without smtp_host, mails end in an outbox page instead of mailboxes.

    Example: dripcourse serve --port 8000
    """
    settings = house.settings()
    refuse_development_key(settings)
    logs.configure(settings.log_level)
    if settings.redis_url:
        raise ConfigError("redis_url is set: this installation runs by `celery -A workers worker`, `beat` and uvicorn")
    db = house.reachable(settings)
    with ExitStack() as open_now:
        taken, url = open_now.enter_context(listening(host, port))
        settings, told = reached_at(settings, url)
        open_now.enter_context(alone(settings.state_dir))
        transport, outbox = open_now.enter_context(way_out(settings.smtp_host != "", lambda: relay(settings)))
        with db.writing() as tx:
            schema.upgrade(tx)
            if (
                db.is_sqlite
            ):  # its one process was the last serve: what that held is free, its journals tell how far it came
                leases.release_all(tx, house.now())
        engine = house.engine(settings, db, transport)
        runtime.use(engine)
        worker, beat = EmbeddedWorker(), EmbeddedBeat(settings.tick_seconds)
        worker.start()
        beat.start()
        say(f"Web: {url}" + (f"   Outbox: {url}/outbox" if outbox else "") + "   Stop with Ctrl-C" + told)
        try:
            run_web(create_app(engine, settings, outbox), taken)
        finally:
            beat.stop()
            worker.stop()


def reached_at(settings: Settings, url: str) -> tuple[Settings, str]:
    """(the settings with the address that links lead to, a line to say where that is not the one listened on).

    A base_url that nobody has set follows the port; one that was set stands, for a proxy may be in front.
    """
    if settings.base_url == Settings.model_fields["base_url"].default:
        return settings.model_copy(update={"base_url": url}), ""
    if _place(settings.base_url) == _place(url):
        return settings, ""
    return settings, f"\nLinks lead to {settings.base_url} (base_url): see that it reaches {url}"


def _place(url: str) -> tuple[str | None, int]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or {"http": 80}.get(parts.scheme, 443)


@contextmanager
def way_out(has_relay: bool, make_relay: Callable[[], Transport]) -> Iterator[tuple[Transport, Outbox | None]]:
    """The relay of the settings, or a sink of our own and its outbox."""
    if has_relay:
        yield make_relay(), None
        return
    outbox = Outbox()
    with Sink(outbox, clock=house.now) as sink:
        yield to_sink(sink), outbox


@contextmanager
def listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A bound socket and its address. Raises ConfigError where the port is taken."""
    try:
        taken = socket.create_server((host, port), backlog=512)
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]
        raise ConfigError(f"cannot listen on {host}:{port}: {why}; choose another --port or --host") from None
    with taken:
        shown = "localhost" if host in (HOST, "0.0.0.0") else host  # noqa: S104
        yield taken, f"http://{shown}:{taken.getsockname()[1]}"


def run_web(app: Any, taken: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, then return."""
    try:
        web_server(app).run(sockets=[taken])
    except KeyboardInterrupt:  # uvicorn raises it again once it has shut down
        return


def web_server(app: Any) -> uvicorn.Server:
    """uvicorn as `serve` runs it. X-Forwarded-For is believed only of proxies that somebody has named."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),
        limit_concurrency=MOST_AT_ONCE,
    )
    return uvicorn.Server(config)
