"""Every route of the web part in one table: what opens it, what it changes, and why it needs no CSRF token.

There is no cookie and no login anywhere, so no browser ever carries somebody's authority along: what a foreign page
could make a browser post, its author could post himself, but for the network it comes from: so the form shows itself
once more where a foreign page posts to it. What guards a door instead is in its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dripcourse.mail.transports.outbox import Outbox
from dripcourse.web.app import create_app
from tests.web.conftest import World, browser

READ = ("GET", "HEAD")
ASKED = (*READ, "OPTIONS")

#: Why a door that changes something needs no CSRF token.
LINK = "the signed link itself is the key; whoever has it needs no browser of somebody else"
ANYBODY = "anybody may type any address; nothing comes of it before its owner confirms by mail"
TOKEN = "no browser adds the header Authorization by itself, nor posts JSON elsewhere without asking"
SIGNED = "the body is signed with a secret that no browser has"


@dataclass(frozen=True)
class Door:
    """A path. `purpose` is that of the link that opens it, "" for none; `seen` what GET answers."""

    path: str
    reads: tuple[str, ...] = READ
    posts: bool = False
    purpose: str = ""
    press: Mapping[str, str] = field(default_factory=dict)  # what its own button or program posts
    why: str = ""  # where it posts: LINK, ANYBODY, TOKEN or SIGNED
    changes: bool = True  # whether that post changes a row
    seen: int = 200
    preflight: int = 405

    @property
    def methods(self) -> set[str]:
        """All it takes."""
        return {*self.reads, *(("POST",) if self.posts else ())}


def _button(path: str, do: str, *, changes: bool = True, **more: str) -> Door:
    purpose = path.split("/")[1]
    return Door(path, posts=True, purpose=purpose, press={"do": do, **more}, why=LINK, changes=changes)


def _one_click(path: str) -> Door:
    press = {"List-Unsubscribe": "One-Click"}
    purpose = path.split("/")[1]
    return Door(path, ASKED, posts=True, purpose=purpose, press=press, why=LINK, seen=405)


#: In the order in which they are pressed, one after the other; what ends something comes last.
DOORS = (
    Door("/"),
    Door("/f/{slug}", ASKED, posts=True, press={"address": "bob@example.net"}, why=ANYBODY, preflight=204),
    Door("/course/{slug}/style.css"),
    Door("/f/{slug}/ticket", ASKED, preflight=204),
    _button("/confirm/{token}", "confirm"),
    _button("/decline/{token}", "decline"),
    _one_click("/decline-now/{token}"),
    _one_click("/decline-now/{token}/"),
    Door("/me/{token}", purpose="me"),
    Door("/me/{token}/lessons", purpose="me"),
    Door("/me/{token}/lesson/{key}", purpose="me"),
    _button("/me/{token}/done/{key}", "done"),
    _button("/me/{token}/not-today/{key}", "not-today"),
    _button("/me/{token}/pace", "pause-open"),
    _button("/me/{token}/again/{key}", "again"),
    _button("/me/{token}/data", "erase"),
    _button("/data/{token}", "data", changes=False),
    _button("/me/{token}/restart", "restart"),
    _button("/leave/{token}", "leave"),
    _button("/undo/{token}", "undo"),
    _one_click("/one-click/{token}"),
    _one_click("/one-click/{token}/"),
    _button("/erase/{token}", "erase"),
    Door("/api/v1/subscriptions", (), posts=True, why=TOKEN, seen=405),
    Door("/api/v1/intake/{slug}", (), posts=True, why=SIGNED, seen=405),
    Door("/api/v1/forms", seen=401),
    Door("/api/v1/openapi.json"),
    Door("/healthz"),
    Door("/readyz", seen=503),
    Door("/metrics", seen=404),
    Door("/outbox"),
    Door("/outbox/{number}"),
    Door("/outbox/{number}/html"),
)
BY_LINK = tuple(door for door in DOORS if door.purpose)
POSTED = tuple(door for door in DOORS if door.posts)


def public_id(world: World, purpose: str) -> str:
    """What links of that purpose stand for: the newest mail of its kind, or Anne's run."""
    template = {"confirm": "confirm", "decline": "confirm", "decline-now": "confirm"}.get(purpose, purpose)
    found = [str(row[1]) for row in world.rows("notice") if template in row]
    return found[-1] if found and template in ("confirm", "data", "erase") else world.run().public_id


def address(world: World, path: str, purpose: str = "") -> str:
    """The path with something real in its holes; a new kind of hole needs an entry here."""
    holes = {"slug": "small-steps" if path.startswith("/course/") else "steps", "number": "1", "key": "one"}
    if "{token}" in path:
        kind = path.split("/")[1]
        holes["token"] = world.engine.links.token(purpose or kind, public_id(world, kind))
    return re.sub(r"\{(\w+)\}", lambda hole: holes[hole[1]], path)


def ask_for_own_links(world: World, *whats: str) -> None:
    """Anne has the mails that lead to her data ("data") and to its end ("erase")."""
    for what in whats:
        answer = world.client.post(address(world, "/me/{token}/data"), data={"do": what})
        assert answer.status_code == 200, answer.text


def with_outbox(world: World) -> World:
    """The same with an outbox that holds mails, and with Anne enrolled, who has had her first lesson."""
    world.enrolled()
    world.send()
    world.clock.turn(hours=19)
    world.send()
    box = Outbox()
    for recipient, raw in world.post.mails:
        box.add(world.clock(), "course@example.org", recipient, raw)
    world.client = browser(create_app(world.engine, world.settings, box))
    return world
