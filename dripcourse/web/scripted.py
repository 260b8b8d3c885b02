"""What a script on another site gets for a posted form: the same answers as the page, as JSON, for its origins only."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from dripcourse.flows import gate
from dripcourse.flows.gate import Answer
from dripcourse.web.entry import Entry
from dripcourse.web.form_page import Hosted
from dripcourse.web.origins import allow

#: Neither is a mistake of his: the script goes on with what the answer brings.
_ONCE_MORE = 428


def is_script(request: Request) -> bool:
    """Whether JSON is asked for; browsers never ask for it when a person sends a form."""
    return "application/json" in request.headers.get("accept", "").lower()


def refused(to: Hosted, request: Request) -> Response | None:
    """403 where a browser says that the script stands on a site its author has not named; else None."""
    came_from = request.headers.get("origin", "")
    if not came_from or came_from in to.form.settings.origins:
        return None
    return _json(
        403, "origin", f"this form takes no posts of scripts from {came_from[:80]}; its author can name that site"
    )


def answer(to: Hosted, request: Request, entry: Entry, came: Answer | str, now: datetime) -> Response:
    """The JSON for it, which a script of the form's origins may read.

    {"status": "accepted" | "again" | "prove" | "mistakes" | "busy" | "held" | "closed" | "over" | "full", "message": …}
    and `mistakes` {field: text}, `ticket` and `proof` for the next try, or `thank_you`, where there is one.
    """
    made = _answer(to, entry, came, now)
    allow(made, request, to.form.settings.origins)
    return made


def _answer(to: Hosted, entry: Entry, came: Answer | str, now: datetime) -> JSONResponse:
    say, engine = to.door.say, to.site.engine
    match came:
        case "mistakes":
            mistakes = {field: to.said(words, entry, field) for field, words in entry.mistakes.items()}
            return _json(400, "mistakes", say("form_mistakes"), mistakes=mistakes)
        case Answer.COME_IN | Answer.TRAPPED:
            text, page = f"{say('asked_text')} {say('asked_hint')}", to.form.settings.thank_you
            return _json(202, "accepted", text, heading=say("asked"), thank_you=page)
        case Answer.AGAIN | Answer.PROVE:
            proof = gate.challenge(engine, to.form, now, entry.address) if came is Answer.PROVE else None
            words = "form_work" if proof else "form_press_again"
            return _json(_ONCE_MORE, came.value, say(words), ticket=gate.ticket(engine, to.form, now), proof=proof)
        case _:
            why = came.value if isinstance(came, Answer) else came
            status, heading, text, after = to.shut(why, now)
            made = _json(status, why, text, heading=heading)
            made.headers.update(after)
            return made


def _json(status: int, name: str, message: str, **more: object) -> JSONResponse:
    return JSONResponse({"status": name, "message": message, **{k: v for k, v in more.items() if v}}, status)
