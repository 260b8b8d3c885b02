"""Says what is true now of what a button was for. The page's address names the button; what holds is read anew.

So an address that was kept, or made up, says nothing that is not so. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dripcourse.web import foresight
from dripcourse.web.desk import Reader
from dripcourse.web.site import Site
from dripcourse.web.words import language_name

#: What the address names besides the button, where the button alone does not say what it was for.
_OF_WHAT = {"option-out": "option", "option-in": "option", "skip": "lesson", "now": "lesson"}


def query(button: str, posted: Mapping[str, str]) -> str:
    """The button, and which option or lesson it was for, as they stand behind a question mark."""
    of_what = _OF_WHAT.get(button)
    return urlencode({"told": button, **({of_what: posted.get(of_what, "")} if of_what else {})})


def told(site: Site, one: Reader, button: str, asked: Mapping[str, str]) -> list[str]:
    """That in words, line by line. Nothing where what the address names is not known here."""
    if button == "now":
        return _sent(site, one, asked.get("lesson", ""))
    if button == "skip":
        return _skipped(site, one, asked.get("lesson", ""))
    if button == "language":
        return [one.say("language_now", name=language_name(one.language))]
    if button in ("option-out", "option-in"):
        return _chosen(one, asked.get("option", ""))
    return [line for line in (one.pause, one.coming) if line]


def _sent(site: Site, one: Reader, key: str) -> list[str]:
    if one.run.asked and one.run.next_key == key:
        with site.engine.db.reading() as tx:
            after = foresight.following(site, tx, one, one.run)
        return [one.say("now_told", lesson=one.called(one.desk.book, key)), after]
    had = one.had(key)
    return [one.say("now_told", lesson=one.title_of(had)), one.coming] if had else []


def _skipped(site: Site, one: Reader, key: str) -> list[str]:
    lesson = next((each for each in one.desk.left_out if each.key == key), None)
    if lesson is None:
        return []
    with site.engine.db.reading() as tx:
        return [one.say("skip_told", lesson=one.title_of(lesson)), foresight.stands(site, tx, one, one.run)]


def _chosen(one: Reader, option: str) -> list[str]:
    name = one.desk.book.edition(one.run.language).optional.get(option)
    out = option in one.run.without.split(",")
    return [one.say("option_now_out" if out else "option_now_in", name=name)] if name else []
