"""The HTML that an author pastes into a page of his own: a plain form, the same with our script, or a frame."""

from __future__ import annotations

from dripcourse.storage.forms import Form
from dripcourse.web.entry import TRAP
from dripcourse.web.page import fragment
from dripcourse.web.words import words_for


def snippet(form: Form, language: str, base_url: str, *, script: bool) -> str:
    """A form for any page, in the course's `language`. Without a script it leads to our page, for a second press.

    It asks for no time zone: the script knows that of the reader, and our page asks for it.
    """
    say = words_for(language)
    return fragment("snippet", form=form, language=language, say=say, base=base_url, script=script, trap=TRAP).strip()


def frame(form: Form, language: str, base_url: str) -> str:
    """The hosted page in a frame."""
    return fragment("snippet_frame", form=form, language=language, base=base_url).strip()
