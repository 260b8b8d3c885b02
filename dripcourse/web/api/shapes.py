"""The JSON that programs send and get, as models: they check it, and the description is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from dripcourse.domain.fields import LONGEST
from dripcourse.web.posted import one_line

_Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
_Text = Annotated[str, StringConstraints(max_length=1000), AfterValidator(one_line)]
_FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
_Value = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(one_line)]


class _Sent(BaseModel):
    """Nothing is converted, and a key we do not know is an error: it would be lost without a word."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Source(_Sent):
    """Where a person came from, as far as the program knows it."""

    utm_source: _Line = ""
    utm_medium: _Line = ""
    utm_campaign: _Line = ""
    utm_term: _Line = ""
    utm_content: _Line = ""
    referrer: Annotated[_Text, Field(description="A web address; its query is not kept.")] = ""


class Subscription(_Sent):
    """One person who asked for the course of a form."""

    form: Annotated[_Line, Field(min_length=1, description="The form's name in its address /f/NAME.")]
    address: Annotated[_Line, Field(min_length=3, description="The person's e-mail address.")]
    name: Annotated[_Line, Field(description="Shown as the recipient; at most 64 characters are taken.")] = ""
    hour: Annotated[_Line, Field(description="When lessons come, HH:MM on the person's clock.")] = "08:00"
    zone: Annotated[_Line, Field(description="The person's IANA time zone, such as Europe/Berlin.")] = "UTC"
    language: Annotated[_Line, Field(description="One the course is published in; empty: the form's.")] = ""
    fields: Annotated[dict[_FieldName, _Value], Field(description="The form's own fields by name.", max_length=40)] = {}
    source: Annotated[Source, Field(description="Kept with the sign-up.")] = Source()
    network: Annotated[
        _Line, Field(description="The person's own IP address: budgets then count him, not the program.")
    ] = ""


class Accepted(BaseModel):
    """The same for everyone, known here or not."""

    status: Literal["accepted"] = "accepted"


class FormField(BaseModel):
    """A field of a form's own. `choices` are those of kind choice; a ticked checkbox holds "yes"."""

    name: str
    label: str
    kind: Literal["text", "number", "choice", "checkbox"]
    required: bool
    choices: list[str]
    most: int


class FormShown(BaseModel):
    """A form that programs may name. `state` is open, or why nobody is taken."""

    slug: str
    title: str
    wording: str
    language: str
    state: Literal["open", "closed", "over", "full", "held"]
    fields: list[FormField]


class Forms(BaseModel):
    """All forms, by slug."""

    forms: list[FormShown]


class FieldProblem(BaseModel):
    """What is wrong with one field of what was sent."""

    field: str
    detail: str


class Problem(BaseModel):
    """RFC 9457. `type` is about:blank, and so left out; `detail` is one line for a person."""

    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Work(BaseModel):
    """A proof of work: a number such that the hash of "challenge:number" begins with so many zero bits."""

    algorithm: Literal["SHA-256"]
    challenge: str
    bits: int
    until: str


class Ticket(BaseModel):
    """What a script sends along with a form that it shows itself. `closed` is why the form takes nobody, or empty."""

    ticket: str
    proof: Work | None
    closed: Literal["", "closed", "over", "full", "held"]


class Ready(BaseModel):
    """Whether the installation could do its work now; each part has `ok`, and details where it has not."""

    ready: bool
    database: dict[str, Any]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    scheduler: dict[str, Any]
