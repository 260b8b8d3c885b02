"""A course with everything an author may write: for the judges and the contact sheet; nobody sends it."""

from __future__ import annotations

from dataclasses import replace

from dripcourse.domain.course import Action, Course, Lesson, LessonKind, Logo, Sender

_LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_LONG_URL = (
    "https://example.org/an/address/that/goes/on/and/on/without/any/break/0123456789012345678901234567890123456789"
)

_MARKS = f"""
A paragraph with **bold**, *slanted* and ~~struck~~ words, with `a_name_in_code_that_cannot_be_broken()`, and
[a page about pencils]({_LONG_URL}) whose address is longer than a phone is wide. Write to
[the editor](mailto:editor@example.org?subject=Pencils) or to <desk@example.org>.

<{_LONG_URL}>

A bare address in a sentence, https://example.org/pencils, stands for itself.

{_LONG_WORD} is one word.

## A heading within the passage

### A smaller heading

#### The smallest that anybody writes

1. The first step, with a sentence that is long enough to go on to a second line on a phone.
   - one thing to have at hand
   - another one
     1. deeper
     2. deeper still
2. The second step.

   It has a paragraph of its own.
3. The third.

- plain
- short

10. A list that begins at ten
11. and goes on.

> A quotation of two lines on a phone, as it stands in the book it was taken from.
>
> > Within it another voice.
>
> — Somebody

```
def steps(count: int) -> list[str]:
    return [f"step {{number}} of a line of code that is wider than any phone" for number in range(count)]
```

---

After the line comes the end.
"""

_TABLES = """
| Habit | When | How long |
|---|---|---|
| Five open minutes | after dinner, or whenever the day allows | five minutes |
| One slow breath | before an answer | three seconds |

Words that are long as they are in German:

| Selbstverständlichkeiten | Verantwortungsbewusstsein | Entscheidungsfindung |
|---|---|---|
| Gewohnheiten | Aufmerksamkeit | Gelassenheit |
"""

_OTHER_WAY = """
{lang=ar dir=rtl}
هذه فقرة بالعربية فيها كلمات كثيرة تكفي لسطرين أو أكثر على شاشة الهاتف.

{lang=ar dir=rtl}
> اقتباس قصير بالعربية.

{lang=he dir=rtl}
- פריט ראשון
- פריט שני
"""

_MUCH = "\n\n".join(
    "Some lessons are long, and this one has **several** paragraphs, `code`, and "
    f"[a link that is its {at}th](https://example.org/{at}). So long a mail needs a way out near its top. " * 2
    for at in range(18)
)

_PERSONAL = """
Good morning, {name|friend}. How is **{city|your town}** today?

## A heading for {name|you}

- {name|you} in a list
- and {city|a town}

> {name|You} in a quotation

| Who | Where |
|---|---|
| {name|you} | {city|here} |

\\{name|friend} is no mention.
"""

_FULL = Lesson(
    key="marks",
    kind=LessonKind.LESSON,
    day=1,
    subject="Day 1: a title of a hundred and twenty characters, which an author may write although no phone "
    "will ever show it to its end",
    preheader="Everything that may stand in a lesson, once. Five minutes today.",
    perspective="The whole of it",
    section="What an author may write in one passage, and a section line that is long as well",
    note="A word before: this one is *long*, and [somebody](https://example.org/somebody) wrote it.",
    body=_MARKS,
    action=Action(
        "Take one thing.\n\n- a list\n- in an action\n\n> and a quotation\n\n**Good enough:** less than that.",
        minutes=1,
        solo="Write it down, on paper.\n\n1. once\n2. twice",
    ),
    reflection="When did you last do *one* thing for as long as it took?",
)
_PLAIN = replace(_FULL, note="", body="One short passage.", subject="Day 2: one thing", perspective="", section="")


def _lesson(key: str, day: int, subject: str, **changes: object) -> Lesson:
    return replace(_PLAIN, key=key, day=day, subject=f"Day {day}: {subject}", **changes)  # type: ignore[arg-type]


_LESSONS = (
    replace(_PLAIN, key="welcome", kind=LessonKind.WELCOME, day=0, subject="What this course holds", action=None),
    _FULL,
    _lesson("tables", 2, "rows and columns", body=_TABLES),
    _lesson("other-way", 3, "two directions", body=_OTHER_WAY, section="Without a perspective"),
    _lesson("bare", 4, "nothing to do", action=None, reflection="", perspective="A perspective without a section"),
    _lesson("long", 5, "a long one", body=_MUCH),
    _lesson(
        "personal",
        6,
        "{name|friend}, this one is yours",
        body=_PERSONAL,
        preheader="One small thing, and it takes five minutes, {name|friend}.",
        action=Action("Write it down, {name|friend}.", minutes=1),
        reflection="What would {name|somebody} say of {city|your town}?",
    ),
    _lesson("practice", 7, "try it again", kind=LessonKind.PRACTICE, body=""),
    _lesson("look-back", 8, "a look back", kind=LessonKind.RECAP, body=_TABLES, action=None),
    _lesson("end", 9, "the end", kind=LessonKind.COMPLETION, action=None),
)

COURSE = Course(
    slug="everything",
    title="Everything an author may write",
    language="en",
    lessons=_LESSONS,
    sender=Sender("Small Steps, a publisher with a name that is as long as the names of publishers are"),
    safety_note="Stop where it hurts. [Somebody to ask](https://example.org/ask) is there day and night.",
    footer="## About us\n\nMade by [Small Steps](https://example.org/imprint).\n\n- one\n- two",
    safety_footer="In need of help? Call your emergency number.",
)
WITH_LOGO = replace(
    COURSE,
    slug="everything-logo",
    lessons=(_LESSONS[0], *_LESSONS[5:]),
    logo=Logo("https://cdn.example.org/logo.png", "Small Steps", 160, 48),
)
