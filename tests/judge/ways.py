"""Which links of ours each mail offers, under which words, and where they lead: what the mails are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.judge.raw import Said
from tests.judge.specimen import Specimen

#: Mails that are no part of the course's list; all others can be left with one click.
OUTSIDE = ("already", "confirm", "data", "erase", "left", "paused", "resumed")

#: word of words.toml -> (the slot of its link, what follows it)
_LEADS = {
    "done": ("me_url", "/done/{key}"),
    "not_today": ("me_url", "/not-today/{key}"),
    "earlier": ("me_url", "/lessons"),
    "pace": ("me_url", "/pace"),
    "stop": ("leave_url", ""),
    "confirm_button": ("confirm_url", ""),
    "decline_link": ("decline_url", ""),
    "undo_button": ("undo_url", ""),
    "left_data": ("me_url", "/data"),
    "data_button": ("data_url", ""),
    "erase_button": ("erase_url", ""),
    "pick_up_button": ("me_url", ""),
    "paused_button": ("me_url", "/pace"),
    "already_button": ("me_url", ""),
    "already_pace": ("me_url", "/pace"),
    "resumed_button": ("me_url", ""),
}
_TAPS, _FOOT = ("done", "not_today"), ("earlier", "pace", "stop")
#: The words under which each mail has links of ours: these and no others.
_OFFERED = {
    "welcome": _FOOT,
    "lesson": (*_TAPS, *_FOOT),
    "practice": (*_TAPS, *_FOOT),
    "recap": (*_TAPS, *_FOOT),
    "completion": ("earlier", "stop"),  # the course is over: there is no pace to set
    "confirm": ("confirm_button", "decline_link"),
    "data": ("data_button",),
    "erase": ("erase_button",),
    "left": ("undo_button", "left_data"),
    "already": ("already_button", "already_pace", "earlier", "stop"),
    "paused": ("paused_button", "earlier", "stop"),
    "pick-up": ("pick_up_button", *_FOOT),
    "resumed": ("resumed_button", *_FOOT),
}


def ways(template: str, key: str, words: Mapping[str, str], urls: Mapping[str, str]) -> dict[str, str]:
    """The label of each link of ours in that mail -> where it leads; `words` are the frame's, `urls` the slots'."""
    found = {}
    for name in _OFFERED[template]:
        slot, tail = _LEADS[name]
        found[" ".join(words[name].split())] = urls[slot] + tail.format(key=key)
    return found


def labelled(mail: Specimen) -> Said:
    """Whether each link of ours stands under its own words, in both parts, and none is missing."""
    for part, found in (("HTML", list(_in_html(mail))), ("text", list(_in_text(mail)))):
        for label, url in found:
            if mail.ways.get(label) != url:
                yield (
                    part,
                    f"{label!r} leads to {url}; it should lead to {mail.ways.get(label, 'no place: none is wanted')}",
                )
        for label in mail.ways.keys() - {label for label, _ in found}:
            yield part, f"there is no link {label!r} to {mail.ways[label]}"


def _in_html(mail: Specimen) -> Iterator[tuple[str, str]]:
    for link in mail.tree.iter("a"):
        if _ours(link.get("href", ""), mail):
            yield " ".join("".join(link.itertext()).split()), link.get("href", "")


def _in_text(mail: Specimen) -> Iterator[tuple[str, str]]:
    """Each link stands on a line of its own, its label on the line above it."""
    lines = [" ".join(line.split()) for line in mail.text.splitlines()]
    for above, line in zip(["", *lines], lines, strict=False):
        if _ours(line, mail):
            yield above, line


def _ours(url: str, mail: Specimen) -> bool:
    """Whatever leads to our host, by whatever scheme."""
    host = mail.merged["me_url"].partition("://")[2].partition("/")[0]
    return url.partition("://")[2].partition("/")[0] == host
