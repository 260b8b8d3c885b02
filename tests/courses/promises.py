"""What holds for every draft, whatever its article and format: I1 to I11 and I19 of the compiler's specification."""

from __future__ import annotations

from itertools import pairwise

from markdown_it import MarkdownIt

from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.draft import Draft
from dripcourse.domain.course import LessonKind


def strand_texts(draft: Draft) -> list[str]:
    """For each strand, what its passages say, one after the other in the order of the days."""
    texts = [""] * len(draft.strands)
    for day in draft.days:
        if day.passage:
            texts[day.passage.strand] += day.passage.raw
    return texts


def around_actions(draft: Draft) -> list[str]:
    """Lead-in, extra and follow-up texts, as they are printed."""
    return [
        block.text
        for day in draft.days
        for prompt in day.prompts
        if prompt.stage == "introduce" and prompt.step
        for block in (*prompt.before, *prompt.step.extra, *prompt.after)
    ]


def i1_lossless(draft: Draft) -> None:
    """No sentence is lost and none is doubled."""
    printed = "".join(strand_texts(draft)) + "".join(around_actions(draft))
    blocks = [block.text for perspective in draft.article.perspectives for block in perspective.blocks]
    extra = [block.text for step in draft.article.actions for block in step.extra]
    assert sorted(printed) == sorted("".join(blocks + extra))
    inside = [text for text in strand_texts(draft) if text]
    assert all(text in "".join(blocks) for text in inside) or len(draft.strands) < len(draft.article.perspectives)


def i2_once(draft: Draft) -> None:
    """Every sentence has exactly one place."""
    for number in range(len(draft.strands)):
        found = [day.passage for day in draft.days if day.passage and day.passage.strand == number]
        taken = [first.first + at for first in found for at in range(len(first.atoms))]
        assert taken == list(range(len(draft.strands[number].atoms)))


def i3_verbatim(draft: Draft) -> None:
    """A passage is made of characters of its blocks, and a block's atoms are its text byte for byte."""
    for strand in draft.strands:
        for placed in strand.atoms:
            assert placed.block.text[placed.start : placed.end] == placed.atom.text
    for perspective in draft.article.perspectives:
        for block in perspective.blocks:
            assert "".join(atom.text for atom in block.atoms) == block.text


def i4_order(draft: Draft) -> None:
    """A perspective is read in its own order."""
    for number in range(len(draft.strands)):
        firsts = [day.passage.first for day in draft.days if day.passage and day.passage.strand == number]
        assert firsts == sorted(set(firsts))


def i5_days(draft: Draft) -> None:
    """There are as many days as wanted, with a recap every seventh."""
    total = len(draft.days)
    assert total == draft.options.days
    assert [day.day for day in draft.days] == list(range(1, total + 1))
    recaps = {day.day for day in draft.days if day.kind is LessonKind.RECAP}
    assert recaps == set(range(7, total, 7))
    assert all(day.perspective for day in draft.days if day.kind is LessonKind.LESSON)


def i6_balance(draft: Draft) -> None:
    """Passages are of a length."""
    words = [day.passage.words for day in draft.days if day.passage]
    mean = sum(words) / len(words)
    longest_atom = max(placed.atom.words for strand in draft.strands for placed in strand.atoms)
    assert max(words) <= 2 * max(mean, longest_atom)
    assert min(words) >= 0.2 * mean


def i7_rotation(draft: Draft) -> None:
    """Neighbours differ as often as arithmetic allows, where perspectives take turns."""
    order = [day.passage.strand for day in draft.days if day.passage]
    shares = [order.count(number) for number in range(len(draft.strands))]
    same = sum(1 for a, b in pairwise(order) if a == b)
    assert same == max(0, 2 * max(shares) - len(order) - 1)
    if 2 * max(shares) <= len(order):  # nobody has to go first to be spread
        assert order[0] == 0


def i8_actions(draft: Draft) -> None:
    """Each action is introduced once, in order and verbatim, and comes back at even distances."""
    steps = draft.article.actions
    content = [day for day in draft.days if day.kind is not LessonKind.RECAP]
    uses = [(at, prompt) for at, day in enumerate(content) for prompt in day.prompts if prompt.step]
    introduced = [prompt for _, prompt in uses if prompt.stage == "introduce"]
    assert [prompt.text.split("\n")[0] for prompt in introduced] == [step.text.split("\n")[0] for step in steps]
    if len(steps) > len(content):
        assert len(uses) == len(steps)
        return
    rank = ("introduce", "practise", "deepen", "review").index
    for step in steps:
        mine = [(at, rank(prompt.stage)) for at, prompt in uses if prompt.step is step]
        assert mine[0] == (step.ordinal - 1, 0)
        assert all(b - a == len(steps) for (a, _), (b, _) in pairwise(mine))
        assert [stage for _, stage in mine] == sorted(stage for _, stage in mine)


def i9_recaps(draft: Draft) -> None:
    """A recap names the days since the last one and repeats no sentence."""
    sentences = [placed.atom.text.strip() for strand in draft.strands for placed in strand.atoms]
    long = [sentence for sentence in sentences if len(sentence.split()) > 6]
    for lesson, day in zip(as_course(draft).lessons[1:], draft.days, strict=False):
        if day.kind is LessonKind.RECAP:
            assert [number for number, _, _ in day.recap] == list(range(day.day - 6 if day.day > 7 else 1, day.day))
            assert not any(sentence in lesson.body for sentence in long)


def i10_headings(draft: Draft) -> None:
    """A section is named where it begins and where it goes on."""
    course = as_course(draft)
    began: dict[tuple[int, str], int] = {}
    for day in draft.days:
        lesson = course.lessons[day.day]
        for section in day.passage.sections if day.passage else ():
            assert section in lesson.section or f"### {section}" in lesson.body
            first = began.setdefault((day.passage.strand if day.passage else -1, section), day.day)
            if first != day.day:
                assert lesson.section == f"{section} (continued from day {first})"


def i11_clean(draft: Draft) -> None:
    """What was left out is in no mail."""
    course = as_course(draft)
    said = "\n".join(f"{x.subject} {x.preheader} {x.body} {x.action.text if x.action else ''}" for x in course.lessons)
    for dropped in draft.article.dropped:
        if dropped.reason != "marker" and len(dropped.text.split()) > 2:
            assert dropped.text not in said


def i19_safe(draft: Draft) -> None:
    """Subjects are short lines, and no mail holds raw HTML, a picture or an odd link."""
    for lesson in as_course(draft).lessons:
        assert len(lesson.subject) <= 45
        assert len(lesson.preheader) <= 90
        assert "\n" not in lesson.subject + lesson.preheader
        tokens = MarkdownIt("commonmark").parse(lesson.body)
        every = [t for token in tokens for t in (token, *(token.children or ()))]
        assert not {token.type for token in every} & {"html_block", "html_inline", "image"}
        links = [str(token.attrs.get("href")) for token in every if token.type == "link_open"]
        assert all(link.startswith(("https://", "http://", "mailto:")) for link in links)


PROMISES = (
    i1_lossless, i2_once, i3_verbatim, i4_order, i5_days, i6_balance, i8_actions, i9_recaps, i10_headings, i11_clean,
    i19_safe,
)  # fmt: skip
