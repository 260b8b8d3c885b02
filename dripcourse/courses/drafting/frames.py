"""The compiler's own words: subjects, prompts, questions. Neutral on purpose; it never adds a claim to the article."""

from __future__ import annotations

import re
import unicodedata

from dripcourse.courses.sentences import count_words, split_atoms

SUBJECT_LIMIT = 45
PREHEADER_LIMIT = 90
STAGES = ("introduce", "practise", "deepen", "review")
NEUTRAL = "neutral"  # the stage of a prompt that is ours, as the article has no actions
MINUTES = (5, 5, 10, 5)

REFLECTIONS: dict[str, tuple[str, ...]] = {
    "overview": (
        "Which sentence of today's passage do you want to keep?",
        "What here did you know already, and what is new?",
        "Where do you see this in your own week?",
        "What would you have said about this a year ago?",
        "Which word in the passage stopped you, and why?",
        "What picture comes to mind when you read it?",
        "Who taught you what you think about this?",
        "What part of this is harder than it sounds?",
        "What would change if you took this seriously today?",
        "Which part would you explain first to a friend?",
        "What do you want to ask the author?",
        "What small thing today could remind you of this?",
    ),
    "mechanism": (
        "When did you last notice this in yourself?",
        "Which of these causes do you recognise?",
        "What usually comes right before it, for you?",
        "What does your body do when this happens?",
        "Which explanation here fits you least, and why?",
        "What have you tried before that this passage explains?",
        "How would you notice a first small change?",
        "What does this make easier to understand?",
        "Which situation this week could be a test of it?",
        "What would you look for if you watched for a day?",
        "What helps you when it starts?",
        "Where would this passage not apply?",
    ),
    "tradition": (
        "What does this old idea ask of you today?",
        "Which line would you copy onto a card?",
        "Where have you seen someone live like this?",
        "What in it comforts you, and what disturbs you?",
        "How would you say it in your own words?",
        "What did you learn about this as a child?",
        "Which part do you find hard to accept?",
        "What would it look like in an ordinary hour?",
        "Who near you could tell you more about this?",
        "What does it leave open?",
        "When has this carried you before?",
        "What would you like to be true of you here?",
    ),
    "action": (
        "What made it easy or hard to begin?",
        "At which moment of the day does this fit best?",
        "What is the smallest version that still counts?",
        "What did you notice while you did it?",
        "What will you do if today does not allow it?",
        "What got in the way last time?",
        "Who or what could remind you?",
        "What would you do differently next time?",
        "How did it feel afterwards?",
        "What did it cost you, and was it worth that?",
        "What have you learned since you first tried it?",
        "When is it better to leave it for today?",
    ),
    "other": (
        "What do you take from this into today?",
        "Which thought here is yours already?",
        "What would you like to look at more closely?",
        "Where do you agree, and where do you hesitate?",
        "What does this remind you of?",
        "Which example from your own life fits?",
        "What is the one thing to remember?",
        "What would make this useful this week?",
        "What surprised you in it?",
        "What follows from it for you?",
        "Which question does it leave you with?",
        "What could you let go of after reading this?",
    ),
    "recap": (
        "Before you scroll: what do you remember of the last days?",
        "Without looking: which action comes to mind first, and why that one?",
        "Which day can you retell in one sentence?",
        "What did you do that you had not done before?",
        "Which thought came back to you on another day?",
        "What would you tell a friend about these days?",
        "Which action do you want to keep, and which to make smaller?",
        "What was harder than you expected?",
        "What went better than you expected?",
        "Which day would you like to read again?",
        "What have you learned about yourself?",
        "What do you want to remember a month from now?",
    ),
}


_BOLD = re.compile(r"\*\*(.+?)\*\*")
_COUNTED = re.compile(r"(?:step|day)\s+\d{1,3}\s*[:.)–—-]+\s*|\d{1,3}[.)]\s+", re.IGNORECASE)  # a marker is no name


def one_line(text: str) -> str:
    """`text` on one line, without control characters and without what a template would take for a placeholder."""
    line = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) != "Cc")
    return re.sub(r"\{(?=[{%#])", "{ ", line)


def cut_at_word(text: str, limit: int) -> str:
    """`text` on one line in at most `limit` characters, cut behind a word."""
    line = one_line(text)
    if len(line) <= limit:
        return line
    head = line[:limit]
    whole = head[: head.rfind(" ")] if " " in head[limit // 2 :] else head[:-1]
    return whole.rstrip(" ,;:–—-") + "…"


def label(text: str, bold: str = "") -> str:
    """A short name for an action: the bold words it begins with, what stands before a colon, or its first words."""
    line = one_line(text)
    if lead := one_line(bold).strip(" .:") or (found[1].rstrip(".:") if (found := _BOLD.match(line)) else ""):
        return cut_at_word(lead, PREHEADER_LIMIT)
    counted = _COUNTED.match(line)
    line = line[counted.end() :] if counted and line[counted.end() :] else line
    lead = re.split(r":(?=\s|$)|：|\s—\s", line, maxsplit=1)[0].strip()
    if lead != line and 1 <= count_words(lead) <= 8:
        return lead
    first = split_atoms(line)[0].text.strip()
    if count_words(first) <= 10:
        return first.rstrip(".:")
    return " ".join(line.split()[:8]).rstrip(" ,;:.") + "…"


def subject(day: int, name: str) -> str:
    """At most 45 characters. Unique in the course, as it names the day."""
    return cut_at_word(f"Day {day}: {name}", SUBJECT_LIMIT)


def preheader(name: str, minutes: int) -> str:
    """At most 90 characters; the time always stays."""
    time = f" About {minutes} minutes."
    lead = cut_at_word(name, PREHEADER_LIMIT - len(time) - 1)
    return (lead if lead[-1:] in ".?!…" else lead + ".") + time


def stage_text(stage: int, name: str, first_day: int, sub: int) -> str:
    """The prompt of stage 1 to 3. `sub` is the number of a sub-step, 0 for none."""
    if stage == 1:
        return f"Once more today, at the moment you chose on day {first_day}: {name}."
    if stage == 2:
        return f"{name}: try it where it is harder" + (f", or take sub-step {sub}." if sub else ".")
    return f"Look back at {name}. What helped, what got in the way, what will you keep?"


def no_action(section: str) -> str:
    """The prompt for an article without actions."""
    return f"Write one sentence: where does «{section}» show up in your day?"


def reflection(kind: str, number: int, recent: list[str]) -> str:
    """Question `number` of a kind, or the next one that is not in `recent` (at most 10)."""
    frames = REFLECTIONS[kind]
    turn = (frames[(number + step) % len(frames)] for step in range(len(frames)))
    return next(question for question in turn if question not in recent)
