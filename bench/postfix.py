"""A real Postfix of our own: its own configuration, queue and port; all mail that it takes is discarded."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Failed, Program, answers, free_port, running
from bench.programs import path

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = relay.example.com
mydestination = example.com
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
local_transport = discard
default_transport = discard
relay_transport = discard
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
import_environment = MAIL_CONFIG
"""
#: name, type, private, unprivileged, chroot, wakeup, most processes, command: what a relay needs, and no more
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
verify   unix - - n - 1 verify
flush    unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
error    unix - - n - - error
retry    unix - - n - - error
discard  unix - - n - - discard
postlog  unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path) -> Iterator[tuple[int, Path]]:
    """A running Postfix: its port and its queue folder. Needs root; raises Failed otherwise."""
    if os.geteuid() != 0:
        raise Failed("a Postfix of our own can be started by root only")
    home, port = folder / "postfix", free_port()
    for place in (home / "etc", home / "queue", home / "data"):
        place.mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home), encoding="ascii")
    (home / "etc" / "master.cf").write_text(MASTER.format(port=port), encoding="ascii")
    log, env = folder / "postfix.log", {"PATH": path()}
    checked = Program(["postfix", "-c", home / "etc", "check"], log, env=env)  # makes the queue's folders
    if checked.process.wait(60):
        raise Failed(f"postfix check: {checked.words()}")
    # its master as our own child (-d: it stays in our session), so that it is ended by its process id
    with running(["/usr/lib/postfix/sbin/master", "-d", "-c", home / "etc"], log, env=env) as master:
        master.until(lambda: answers(port), "Postfix")
        yield port, home / "queue"


def until_empty(queue: Path, patience: float = 120) -> None:
    """Wait until everything that was taken has been discarded, so that the next sender meets an idle relay."""
    end = time.monotonic() + patience
    while any(file.is_file() for place in ("incoming", "active", "maildrop") for file in (queue / place).rglob("*")):
        if time.monotonic() > end:
            raise Failed(f"Postfix's queue is not empty after {patience:.0f} s")
        time.sleep(0.1)
