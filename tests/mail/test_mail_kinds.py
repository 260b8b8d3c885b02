"""Every kind of mail in every shipped language: its links, its slots, its words, and that both parts agree on them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

import pytest

from dripcourse.courses.folders.folder import read_course
from dripcourse.data import folder
from dripcourse.domain.course import LessonKind
from dripcourse.errors import InputError
from dripcourse.mail import compile as compiling
from dripcourse.mail.checks import MAX_BYTES, NEEDED, html_bytes
from dripcourse.mail.compile import NOTICES, compile_lesson, compile_notice
from dripcourse.mail.inline import inlined
from dripcourse.mail.prepared import prepare
from dripcourse.mail.samples import VALUES, sample
from dripcourse.mail.slots import TEXTS, URLS, CompiledMail, Filled, fill, slots
from dripcourse.mail.templates import names
from dripcourse.mail.words import words
from tests.mail.material import BRAND, COURSE, HEAD, LESSON, Page

LANGUAGES = ("en", "de")
EACH = [(name, language) for name in names() for language in LANGUAGES]
MAILS = {each: sample(each[0], language=each[1]) for each in EACH}
each_mail = pytest.mark.parametrize("each", EACH, ids="-".join)

ME, LEAVE = VALUES["me_url"], VALUES["leave_url"]
WAYS = [f"{ME}/lessons", f"{ME}/pace", LEAVE]
TAPS = [f"{ME}/done/sample", f"{ME}/not-today/sample"]
#: The links of each mail in their order, but for those of its own text.
LINKS = {
    "welcome": WAYS,
    "lesson": [*TAPS, *WAYS],
    "practice": [*TAPS, *WAYS],
    "recap": [*TAPS, *WAYS],
    "completion": [f"{ME}/lessons", LEAVE],  # there is no pace any more
    "confirm": [VALUES["confirm_url"], VALUES["decline_url"]],
    "data": [VALUES["data_url"]],
    "erase": [VALUES["erase_url"]],
    "left": [VALUES["undo_url"], f"{ME}/data"],
    "already": [ME, f"{ME}/pace", f"{ME}/lessons", LEAVE],
    "paused": [f"{ME}/pace", f"{ME}/lessons", LEAVE],
    "pick-up": [ME, *WAYS],
    "resumed": [ME, *WAYS],
}
#: Every edition of the shipped courses.
SHIPPED = [edition for found in sorted(folder("lessons").glob("*/course.toml"))
           for edition in read_course(found.parent).editions]  # fmt: skip
#: Words that belong to a topic, not to a course; none may be seen before a mail is opened.
TELLING = re.compile(r"marriage|wife|husband|partner|relationship|Ehe|Partner|Beziehung", re.IGNORECASE)


def filled(mail: CompiledMail, **values: str) -> Filled:
    return fill(mail, VALUES | values)


def links_of_text(text: str) -> list[str]:
    return [link for link in re.findall(r"https?://\S+", text) if "example.org" not in link]


@each_mail
def test_each_mail_offers_its_links_in_both_parts_once_and_in_this_order(each: tuple[str, str]) -> None:
    mail = filled(MAILS[each])
    in_html = [link for link in Page(mail.html).links if "example.org" not in link]
    assert in_html == links_of_text(mail.text) == LINKS[each[0]]


@each_mail
def test_each_link_of_the_text_has_a_line_of_its_own_and_the_label_of_the_html_above_it(each: tuple[str, str]) -> None:
    mail = filled(MAILS[each])
    labels = dict(re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', mail.html))
    lines = mail.text.splitlines()
    for link in LINKS[each[0]]:
        at = lines.index(link)
        assert lines[at - 1] == labels[link]
        assert len(labels[link]) < 45


@each_mail
def test_each_mail_has_exactly_the_slots_it_needs_and_each_in_both_parts(each: tuple[str, str]) -> None:
    mail = MAILS[each]
    assert slots(mail) == set(NEEDED[each[0]])
    for part in (mail.html, mail.text):
        assert slots(replace(mail, html=part, text=part)) == slots(mail)


@each_mail
def test_who_it_is_for_and_from_stands_in_both_parts(each: tuple[str, str]) -> None:
    mail = filled(MAILS[each])
    for part in (" ".join(" ".join(Page(mail.html).texts).split()), mail.text):
        for needed in (VALUES["recipient"], "Small Steps", "12 Mill Lane"):
            assert needed in part


@each_mail
def test_subject_and_preheader_are_fit_for_a_lock_screen(each: tuple[str, str]) -> None:
    mail = MAILS[each]
    assert len(mail.subject) <= 60
    assert 40 <= len(mail.preheader) <= 90
    assert mail.preheader.rstrip(".") not in mail.subject
    assert not TELLING.search(mail.subject + mail.preheader)


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_tells_nothing_of_a_course_but_its_title_before_it_is_opened(name: str, language: str) -> None:
    one, other = (
        sample(name, language=language, title=title, safety_note=note) for title, note in (("A", "x."), ("B", "y."))
    )
    assert (one.subject.replace("A", "B"), one.preheader) == (other.subject, other.preheader)


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize(("title", "language"), [(e.title, e.language) for e in SHIPPED])
def test_the_subject_of_a_notice_of_a_shipped_course_fits_a_phone(name: str, title: str, language: str) -> None:
    assert len(sample(name, language=language, title=title).subject) <= 45


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_notices_have_the_same_subject(language: str) -> None:
    assert len({sample(name, language=language).subject for name in NOTICES}) == len(NOTICES)


@pytest.mark.parametrize("name", ["confirm", "left"])
def test_who_has_not_begun_or_has_gone_is_told_nothing_of_safety_either(name: str) -> None:
    mail = sample(name, safety_note="Only for safe homes.")
    assert "safe homes" not in mail.html + mail.text
    assert "safe homes" in sample("paused", safety_note="Only for safe homes.").text


@each_mail
def test_the_text_part_keeps_its_lines_short(each: tuple[str, str]) -> None:
    lines = filled(MAILS[each]).text.splitlines()
    assert [line for line in lines if len(line) > 90 and "https://" not in line] == []


@each_mail
def test_a_mail_is_light_even_with_the_longest_values(each: tuple[str, str]) -> None:
    values = dict.fromkeys(TEXTS, "x" * 320) | dict.fromkeys(URLS, "https://" + "x" * 192)
    assert html_bytes(fill(MAILS[each], values).html) < 30_000 < MAX_BYTES


@pytest.mark.parametrize(
    "value", ["<b>&amp;</b>", "{{7*7}}", "{slot}", "--DC.ME_URL--", "'\"><a href=https://x>", "\u202eabc"]
)
@each_mail
def test_hostile_values_arrive_as_text_and_add_no_element(each: tuple[str, str], value: str) -> None:
    mail = filled(MAILS[each], **dict.fromkeys(TEXTS, value))
    assert [tag for tag, _ in Page(mail.html).tags] == [tag for tag, _ in Page(filled(MAILS[each]).html).tags]
    assert mail.text.count(value) >= 1
    assert escape(value) in mail.html


@pytest.mark.parametrize("kind", [LessonKind.WELCOME, LessonKind.COMPLETION])
def test_welcome_and_completion_have_no_buttons_even_with_an_action(kind: LessonKind) -> None:
    mail = compile_lesson(COURSE, replace(LESSON, kind=kind), BRAND)
    assert "/done/" not in mail.html + mail.text
    assert "up to 5\u00a0minutes" in mail.text


def test_a_lesson_without_an_action_can_be_tapped_all_the_same() -> None:
    mail = fill(compile_lesson(COURSE, replace(LESSON, action=None), BRAND), VALUES)
    assert f"{ME}/done/five-open-minutes" in Page(mail.html).links
    assert f"{ME}/not-today/five-open-minutes" in mail.text


def test_buttons_and_the_links_of_the_foot_are_44_pixels_high() -> None:
    styles = [a["style"] for a in Page(MAILS["lesson", "en"].html).all("a") if "slot.invalid" in a["href"]]
    assert len(styles) == 5
    for style in styles:
        padding = int(re.search(r"padding:(\d+)px", style)[1])
        line = int(re.search(r"line-height:(\d+)px", style)[1])
        assert 2 * padding + line >= 44
        assert "display:block" in style or "display:inline-block" in style


def test_a_label_of_a_button_is_never_broken_within_a_word() -> None:
    cells = [td for td in Page(MAILS["lesson", "de"].html).all("td") if td.get("class") in ("press", "ghost")]
    assert len(cells) == 2
    assert all("word-break:normal" in cell["style"] for cell in cells)


# -- the passage for readers who opted out ---------------------------------------------------------------------------

SCRIPTURE = replace(
    LESSON, perspective="What Scripture says", instead="Another passage.", instead_section="A quiet hour"
)


def test_who_opted_out_gets_the_other_passage_and_no_word_of_the_perspective() -> None:
    mail = compile_lesson(COURSE, SCRIPTURE, BRAND, instead=True)
    for part in (mail.html, mail.text):
        assert "Another passage." in part
        assert "A quiet hour" in part
        for gone in ("Scripture", "Listening is a gift", "Understanding the wall"):
            assert gone not in part
    assert "one *open*" not in mail.text
    assert "Ask one open question." in mail.text  # the action is the same


def test_the_others_get_the_first_passage() -> None:
    text = compile_lesson(COURSE, SCRIPTURE, BRAND).text
    assert "Listening is a gift." in text
    assert "Another passage." not in text


def test_a_lesson_without_another_passage_has_none_to_compile() -> None:
    with pytest.raises(InputError, match=r"small-steps, five-open-minutes: there is no passage .* `instead`"):
        compile_lesson(COURSE, LESSON, BRAND, instead=True)


# -- words -----------------------------------------------------------------------------------------------------------


def test_german_has_every_word_of_its_own() -> None:
    english, german = words("en"), words("de")
    assert [name for name in english if english[name] == german[name] and name != "links"] == []


def test_the_german_is_typeset_as_german() -> None:
    for text in words("de").values():
        assert not re.search(r"[\"“][^“”]*”| - |\.\.\.|'", text)
        assert not re.search(r"\b(du|dein|dich|dir|euch)\b", text, re.IGNORECASE)


# -- once for all recipients -----------------------------------------------------------------------------------------


def test_a_mail_is_inlined_once_when_it_is_compiled_and_never_when_it_is_filled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes: list[int] = []

    def counted(page: str) -> str:
        passes.append(len(page))
        return inlined(page)

    monkeypatch.setattr(compiling, "inlined", counted)
    mails = [compile_lesson(COURSE, LESSON, BRAND), *(compile_notice(COURSE, name, BRAND) for name in NOTICES)]
    assert len(passes) == len(mails)
    for mail in mails:
        fill(mail, VALUES)
        prepare(mail, HEAD)
    assert len(passes) == len(mails)
