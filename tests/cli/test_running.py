"""`demo`, `serve` and `send-test` as people run them: processes of their own, real SMTP, real signals."""

from __future__ import annotations

import email
import json
import os
import re
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from dripcourse.mail.links import Links
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from tests.cli.conftest import GARDEN, SETTINGS, SLUG, Terminal

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Ours without settings of anybody else, and with a folder for temporary files that can be looked into."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DRIPCOURSE_")}
    (folder / "tmp").mkdir(exist_ok=True)
    return ours | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"} | settings


@contextmanager
def running(folder: Path, *words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m dripcourse WORDS`, its output in `out` and `err` of the folder; killed if it outlives the block."""
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "dripcourse", *words],
            cwd=folder, env=environment(folder, **settings), stdout=out, stderr=err, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(found: object, process: subprocess.Popen[str], folder: Path, seconds: float = 60) -> str:
    """The first match of a pattern in what the process has printed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        said = (folder / "out").read_text() + (folder / "err").read_text()
        if match := re.search(str(found), said):
            return match[1]
        assert process.poll() is None, said
        time.sleep(0.1)
    raise AssertionError(f"{found} did not come: {(folder / 'err').read_text()}")


def ends(process: subprocess.Popen[str], how: signal.Signals, seconds: float = 10) -> int:
    """Send the signal; the exit code."""
    process.send_signal(how)
    return process.wait(timeout=seconds)


def get(url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and body; with data it is a POST."""
    body = urlencode(data).encode() if data is not None else None
    try:
        with urlopen(Request(url, data=body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def family_is_gone(process: subprocess.Popen[str]) -> bool:
    """Whether the process group, of which it was the first, has no member left."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_demo_in_one_go_prints_its_table_and_its_proof_and_nothing_else(tmp_path: Path) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dripcourse", "demo", "--once"],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 60  # "in a minute", and this machine may be busy
    assert done.stderr.splitlines() == [
        "Published Thirty Steady Days (en-US): 48 mails.",  # 32 lessons, 8 other passages, 8 notices
        "Published Look and Draw (en, de): 54 mails.",  # 16 lessons, 3 other passages, 8 notices, twice
    ]
    for name in ("Anna", "Ben", "Chie", "Dayo", "Elena"):
        assert name in done.stdout
    assert "Proved: no lesson twice" in done.stdout
    assert "1 late with a reason" in done.stdout  # Elena's greylisted one
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]


def runs(folder: Path) -> dict[str, str]:
    """The public id of each run, and its state."""
    with closing(sqlite3.connect(folder / "dripcourse.db")) as db:
        return dict(db.execute("SELECT public_id, state FROM enrollment"))


@pytest.mark.slow
def test_mails_that_unsubscribe_are_taken_until_sigterm_though_a_mail_server_stays_connected(
    enrolled: Terminal,
) -> None:
    (run,) = [public_id for public_id, state in runs(enrolled.folder).items() if state == "active"]
    mark = Links("https://x.example", (SETTINGS["DRIPCOURSE_SECRET_KEYS"],)).token("mail-leave", run)
    known = SETTINGS | {"DRIPCOURSE_UNSUBSCRIBE_ADDRESS": "stop@school.example"}
    with running(enrolled.folder, "unsubscribe", "listen", "--lmtp", "127.0.0.1:0", **known) as process:
        port = int(until(r"LMTP: 127\.0\.0\.1:([0-9]+) ", process, enrolled.folder))
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.sendmail("anne@example.com", ["stop@school.example"], f"Subject: {mark}\r\n\r\n") == {}
            assert runs(enrolled.folder)[run] == "left"
            assert ends(process, signal.SIGTERM, 30) == 0
            client.close()
    said = (enrolled.folder / "err").read_text()
    assert (said.splitlines()[-1], "Traceback" in said) == ("1 left", False)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_serves_what_it_prints_until_it_is_stopped(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path, "demo") as process:
        outbox = until(r"Every mail: +(\S+)\n", process, tmp_path)
        form = until(r"Sign up: +(\S+) ", process, tmp_path)
        until(r"(Stop with)", process, tmp_path)
        assert get(outbox)[0] == 200
        assert "@example.com" in get(outbox)[1]
        assert get(form)[0] == 200
        assert ends(process, how) == 0
        assert family_is_gone(process)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_a_demo_that_is_stopped_in_the_middle_leaves_no_folder(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--once") as process:
        until(r"(Published)", process, tmp_path)
        assert ends(process, signal.SIGTERM) == 130
        assert family_is_gone(process)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in (tmp_path / "err").read_text()


def mails(url: str) -> dict[int, email.message.EmailMessage]:
    """What lies in the outbox, by number."""
    numbers = sorted({int(n) for n in re.findall(r"/outbox/(\d+)", get(f"{url}/outbox")[1])})
    found = {}
    for number in numbers:
        source = re.search(r"<pre[^>]*>(.*?)</pre>", get(f"{url}/outbox/{number}?view=source")[1], re.S)
        assert source
        raw = source[1]
        for name, letter in (
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&#34;", '"'),
            ("&#39;", "'"),
            ("&quot;", '"'),
            ("&amp;", "&"),
        ):
            raw = raw.replace(name, letter)
        found[number] = email.message_from_string(raw.lstrip("\n"), policy=policy.default)
    return found


def mail_about(url: str, subject: str, seconds: float = 20) -> email.message.EmailMessage:
    """The newest mail whose subject holds these words; waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        matching = [mail for mail in mails(url).values() if subject.lower() in str(mail["Subject"]).lower()]
        if matching:
            return matching[-1]
        time.sleep(0.2)
    raise AssertionError(f"no mail about {subject!r}: {[str(m['Subject']) for m in mails(url).values()]}")


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_serve_takes_a_sign_up_to_the_welcome_mail(published: Terminal, tmp_path: Path, how: signal.Signals) -> None:
    published.ok(f"form create start --course {SLUG}")
    settings = SETTINGS | {"DRIPCOURSE_TICK_SECONDS": "0.3", "DRIPCOURSE_BASE_URL": "http://localhost:1"}
    with running(tmp_path, "serve", "--port", "0", **settings) as process:
        url = until(r"Web: (http://localhost:\d+)", process, tmp_path)
        until(r"(Stop with)", process, tmp_path)
        assert get(f"{url}/healthz")[0] == 200
        deadline = time.monotonic() + 15
        while get(f"{url}/readyz")[0] != 200:
            assert time.monotonic() < deadline, get(f"{url}/readyz")
            time.sleep(0.2)
        ticket = json.loads(get(f"{url}/f/start/ticket")[1])["ticket"]
        time.sleep(3.1)  # the time trap: nobody fills in a form faster
        entry = {"address": "anne.o'hara@reader.example", "hour": "08:00", "zone": "Europe/Berlin", "agree": "yes"}
        entry["ticket"] = ticket
        assert get(f"{url}/f/start", entry)[0] == 202
        confirm = str(mail_about(url, "confirm").get_body(("plain",)))
        (path,) = set(re.findall(r"http://localhost:1(/confirm/\S+)", confirm))
        assert get(url + path)[0] == 200  # only looks
        assert len(mails(url)) == 1
        assert get(url + path, {"do": "confirm"})[0] == 200
        welcome = mail_about(url, "welcome")
        assert "anne.o'hara@reader.example" in str(welcome["To"])
        (leave,) = set(re.findall(r"http://localhost:1(/leave/\S+)", str(welcome.get_body(("plain",)))))
        assert get(url + leave)[0] == 200
        assert ends(process, how) == 0
        assert family_is_gone(process)
    log = (tmp_path / "err").read_text() + (tmp_path / "out").read_text()
    assert "Traceback" not in log
    assert "reader.example" not in log, "an address got into the log"
    for token in (path, leave):
        assert token.rpartition("/")[2] not in log, "a link's token got into the log"


def test_serve_on_a_fresh_folder_makes_its_own_tables(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as process:
        url = until(r"Web: (http://localhost:\d+)", process, tmp_path)
        assert get(f"{url}/healthz")[0] == 200
        assert get(f"{url}/outbox")[0] == 200
        assert ends(process, signal.SIGINT) == 0
    assert "warning" not in (tmp_path / "err").read_text().lower()
    assert (tmp_path / "dripcourse.db").exists()


def test_send_test_hands_one_lesson_to_the_relay(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    outbox = Outbox()
    with Sink(outbox, clock=lambda: datetime.now(UTC)) as sink:
        relay = {"smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_security": "plain"}
        said = dripcourse.ok("send-test garden me@reader.example", **relay)
        dripcourse.ok("send-test garden me@reader.example --lesson water-and-roots", **relay)
    assert said.out.startswith("me@reader.example: accepted by 127.0.0.1: 250")
    first, second = (email.message_from_bytes(mail.raw, policy=policy.default) for mail in outbox.mails)
    assert [mail.recipient for mail in outbox.mails] == ["me@reader.example"] * 2
    assert "Watch the light" in first["Subject"]
    assert "finger" in str(second.get_body(("plain",)))
    assert not (dripcourse.folder / "dripcourse.db").exists(), "nothing is recorded"


def test_send_test_without_a_relay_points_to_the_preview(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    (line,) = dripcourse("send-test garden me@reader.example").errors
    assert line.startswith("smtp_host is not set")
    assert "`dripcourse course preview garden`" in line
    assert "serve" not in line


def test_send_test_says_in_the_relay_s_words_why_not(dripcourse: Terminal) -> None:
    dripcourse.ok(f"course import {GARDEN} --days 7 --out garden")
    with Sink(Outbox(), answer=lambda *_: "550 5.1.1 no such user", clock=lambda: datetime.now(UTC)) as sink:
        relay = {"smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_security": "plain"}
        said = dripcourse("send-test garden me@reader.example", **relay)
    assert said.code == 2
    assert "550" in said.errors[0]
    assert "no such user" in said.errors[0]
    gone = dripcourse("send-test garden me@reader.example", **relay)
    assert gone.code == 2
    assert len(gone.errors) == 1
