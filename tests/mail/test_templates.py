"""Every template, by its sample: what mail programs, the law and readers need is in the final bytes."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dripcourse.data import folder
from dripcourse.errors import InputError
from dripcourse.mail import checks, templates
from dripcourse.mail.compile import NOTICES, compile_lesson, fill
from dripcourse.mail.inline import inlined
from dripcourse.mail.samples import BRAND, VALUES, sample
from dripcourse.mail.slots import Filled
from dripcourse.mail.theme import PAIRS, contrast, tokens
from tests.mail import material
from tests.mail.material import Page


class Inherited(HTMLParser):
    """Each text with the properties that reach it inline. Into a table none does: some programs stop them there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, set[str]]] = []
        self._open: list[tuple[str, set[str]]] = [("html", set())]
        self.feed(html.partition("</div>")[2])  # behind the preheader, which nobody sees

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {x.partition(":")[0].strip() for x in (dict(attrs).get("style") or "").split(";")}
        if tag not in ("br", "img", "hr"):
            self._open.append((tag, own if tag == "table" else self._open[-1][1] | own))

    def handle_endtag(self, tag: str) -> None:
        while self._open[-1][0] != tag and len(self._open) > 1:
            self._open.pop()
        if len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip("\u00a0 \n"):
            self.texts.append((data, self._open[-1][1]))


def sheets(html: str) -> list[str]:
    """The style sheets that are left, but for the one for Word."""
    return re.findall(r"<style>(.*?)</style>", html.partition("<!--[if mso]>")[0], flags=re.DOTALL)


NAMES = templates.names()
FILLED: dict[str, Filled] = {name: fill(sample(name), VALUES) for name in NAMES}
PARTS = ("brand", "sheet", "foot")
every_template = pytest.mark.parametrize("name", NAMES)


def test_the_ten_templates_are_there() -> None:
    assert {*NAMES} == {"completion", "lesson", "practice", "recap", "welcome", *NOTICES}


@every_template
def test_each_has_its_four_files(name: str) -> None:
    files = {x.name for x in (folder("email_templates") / name).iterdir()}
    assert files == {"subject.txt", "body.txt", "body.html", "sample.json"}


@every_template
def test_the_page_has_language_direction_title_one_heading_and_colour_schemes(name: str) -> None:
    page = Page(FILLED[name].html)
    assert page.all("html") == [{"lang": "en", "dir": "ltr"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("title")) == 1
    metas = {meta.get("name", "") for meta in page.all("meta")}
    assert {"color-scheme", "supported-color-schemes", "viewport"} <= metas


@every_template
def test_tables_are_for_layout_and_say_so(name: str) -> None:
    assert all(table.get("role") == "presentation" for table in Page(FILLED[name].html).all("table"))


@every_template
def test_nothing_is_loaded_and_nothing_runs(name: str) -> None:
    page = Page(FILLED[name].html)
    assert {tag for tag, _ in page.tags} & {
        "img",
        "script",
        "iframe",
        "form",
        "input",
        "link",
        "object",
        "svg",
    } == set()
    assert all(link.startswith("https://") for link in page.links)
    assert "url(" not in FILLED[name].html
    assert "@import" not in FILLED[name].html


@every_template
def test_without_its_style_sheets_every_text_still_has_its_font_size_and_colour(name: str) -> None:
    html = FILLED[name].html
    assert "var(--" not in html
    texts = Inherited(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)).texts
    assert len(texts) >= 10
    lacking = [(text, missing) for text, has in texts if (missing := {"font-family", "font-size", "color"} - has)]
    assert lacking == []


@every_template
def test_what_is_kept_as_rules_beats_the_inline_styles(name: str) -> None:
    kept = " ".join(sheets(FILLED[name].html))
    assert "prefers-color-scheme" in kept
    assert "[data-ogsc]" in kept
    declarations = re.findall(r"[a-z-]+:\s*[^;{}()]+;", kept.partition("@media")[2])
    assert len(declarations) >= 40
    assert [d for d in declarations if "!important" not in d] == []
    # Orange drops a declaration without the space before it, Yahoo a `display` with one.
    assert all((" !important" in d) != d.startswith("display:") for d in declarations)


@every_template
def test_rules_that_a_program_may_choke_on_stand_apart_and_none_is_too_long(name: str) -> None:
    """Gmail drops a whole <style> that is too long or that it does not understand."""
    found = sheets(FILLED[name].html)
    assert ["[data-" in sheet or "[x-" in sheet for sheet in found] == [False, True]
    assert max(len(sheet) for sheet in found) < 8_192


@every_template
def test_outlook_on_windows_gets_600_pixels_its_dots_and_padding_for_buttons(name: str) -> None:
    html = FILLED[name].html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    assert '<!--[if mso]><table role="presentation" width="600"' in html
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html
    assert ".press,.ghost{padding:" in html


@every_template
def test_phones_make_no_links_of_dates_and_screen_readers_no_numbers_of_the_bar(name: str) -> None:
    page = Page(FILLED[name].html)
    assert {"name": "format-detection", "content": "date=no, address=no, email=no"} in page.all("meta")
    assert all(table.get("aria-hidden") == "true" for table in page.all("table") if table.get("class") == "bar")


@every_template
def test_every_element_with_its_own_colour_has_a_dark_rule(name: str) -> None:
    """Each class and tag that gets a colour in the inlined rules is named in the dark block, too."""
    css = templates.shared("theme.css")
    light, _, dark = css.partition("@media (prefers-color-scheme: dark)")
    rules = re.findall(r"([^{}/*;]+)\{([^{}]*)\}", light.partition(":root")[2].partition("}")[2])
    coloured = [s.strip() for sel, body in rules if re.search(r"color: *var|solid var", body) for s in sel.split(",")]
    named = [s.strip() for sel in re.findall(r"([^{}]+)\{", dark) for s in sel.split(",")]
    assert len(coloured) > 20
    assert [selector for selector in coloured if selector not in named] == []


@every_template
def test_text_and_html_have_the_same_links(name: str) -> None:
    links = set(Page(FILLED[name].html).links)
    in_text = set(re.findall(r"https?://\S+", FILLED[name].text))
    assert links == in_text
    assert links


@every_template
def test_both_parts_name_the_sender_his_address_and_the_recipient(name: str) -> None:
    words = " ".join(" ".join(Page(FILLED[name].html).texts).split())
    for part in (words, FILLED[name].text):
        for needed in ("Small Steps", "12 Mill Lane", "Springfield, VT 05156, USA", "anne@example.com"):
            assert needed in part


@every_template
def test_a_link_says_where_it_goes(name: str) -> None:
    labels = re.findall(r"<a [^>]*>([^<]+)</a>", FILLED[name].html)
    assert labels
    assert all(len(label) > 3 and "click here" not in label.lower() and "http" not in label for label in labels)


def test_a_table_is_never_wider_than_a_phone_and_shares_that_out_so_that_common_words_stay_whole() -> None:
    body = "|Selbstverständlichkeiten|Verantwortungsbewusstsein|Zeit|\n|---|---|---|\n|a|b|zehn Minuten|"
    page = Page(compile_lesson(material.COURSE, replace(material.LESSON, body=body), material.BRAND).html)
    (table,) = [table["style"] for table in page.all("table") if "role" not in table]
    assert "width:100%" in table
    # Columns of equal width: else one with short words is squeezed by those that have sentences.
    assert "table-layout:fixed" in table
    cells = [cell["style"] for cell in page.all("th") + page.all("td") if "class" not in cell]
    assert len(cells) == 6
    assert all("word-break:break-word" in cell for cell in cells)


@every_template
def test_brand_text_and_foot_stand_in_one_line_on_wide_windows(name: str) -> None:
    wide = FILLED[name].html.partition("min-width:621px")[2]
    brand, sheet, foot = (re.search(rf"\.{part}\{{padding:([^;]*) !important", wide)[1] for part in PARTS)
    assert brand.split()[1] == foot.split()[1] == f"{int(sheet.split()[1][:-2]) + 1}px"  # and the sheet's border


@every_template
def test_type_is_at_least_14_pixels(name: str) -> None:
    sizes = [int(size) for size in re.findall(r"font-size: *(\d+)px", FILLED[name].html)]
    assert min(size for size in sizes if size) >= 14


@every_template
def test_the_size_is_far_from_clipping(name: str) -> None:
    assert len(FILLED[name].html.encode()) < 20_000


@every_template
def test_a_brand_of_any_name_fits(name: str) -> None:
    brand = replace(BRAND, name="<b>Jöhn & {{7*7}}</b>", postal_address="1 Main St\n{% x %}\nTöwn & <i>")
    assert "&lt;b&gt;Jöhn &amp; {{7*7}}&lt;/b&gt;" in sample(name, brand).html


@pytest.mark.parametrize("dark", ["", "-dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_its_ground(text: str, ground: str, dark: str) -> None:
    values = tokens(templates.shared("theme.css"))
    assert contrast(values[text + dark], values[ground + dark]) >= 4.5


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1


# -- what a broken template does --------------------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A copy of the templates in which one file can be spoiled."""
    where = tmp_path / "email_templates"
    for path in folder("email_templates").rglob("*"):
        if path.is_file():
            copy = where / path.relative_to(folder("email_templates"))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(templates, "folder", lambda _: where)
    templates._environment.cache_clear()
    yield where
    templates._environment.cache_clear()


def spoil(path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("_base/parts.html", "way(slot.leave_url,", "way('https://example.org',", "HTML of the mail lacks leave_url"),
        ("_base/parts.txt", "slot.leave_url", "'x'", "text of the mail lacks leave_url"),
        ("_base/layout.html", "part.written(line, foreign)", "''", "HTML of the mail lacks the postal address"),
        ("_base/layout.txt", "{{ line }}", "", "text of the mail lacks the postal address"),
        ("lesson/body.html", "{{ part.passage(text) }}", "", "HTML of the mail lacks the end of: 'Listening is a gift"),
        ("lesson/body.txt", "{{ part.reflection(text, words) }}", "", "text of the mail lacks the end of: 'When did"),
        ("_base/course.txt", "words.why", "''", "text of the mail lacks recipient"),
        ("lesson/body.html", "{{ part.note(text) }}", "{{ nothing }}", "lesson/body.html: 'nothing' is undefined"),
        ("lesson/body.html", "{{ part.note(text) }}", "{% if %}", "lesson/body.html: "),
        ("lesson/body.html", "{{ part.note(text) }}", "{{ ''.__class__.__mro__ }}", "unsafe"),
        ("lesson/body.html", "{{ part.note(text) }}", "{{ range(9) }}", "'range' is undefined"),
        ("lesson/body.html", '"_base/parts.html"', '"../secret.html"', "../secret.html"),
    ],
)  # fmt: skip
def test_t4_a_template_that_loses_something_is_refused(broken, file: str, old: str, new: str, says: str) -> None:
    spoil(broken / file, old, new)
    with pytest.raises(InputError, match=re.escape(says)):
        compile_lesson(material.COURSE, material.LESSON, material.BRAND)


def test_t4_an_inliner_that_drops_the_end_is_noticed(monkeypatch) -> None:
    monkeypatch.setattr("dripcourse.mail.compile.inlined", lambda page: inlined(page).partition('<td class="foot"')[0])
    with pytest.raises(InputError, match="lacks leave_url"):
        compile_lesson(material.COURSE, material.LESSON, material.BRAND)


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "[].append(1)",
        "'{0.__class__}'.format(1)",
        "x|attr('__class__')",
        "lipsum",
        "cycler",
        "self.__init__",
    ],
)
def test_t12_the_sandbox_keeps_templates_to_their_data(expression: str) -> None:
    environment = templates._environment()
    assert isinstance(environment, ImmutableSandboxedEnvironment)
    assert environment.globals == {}
    with pytest.raises((SecurityError, UndefinedError, templates.TemplateError, TypeError)):
        environment.from_string("{{ " + expression + " }}").render(x=[])


def test_t6_the_inliner_fetches_nothing(tmp_path) -> None:
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Canary) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        css = tmp_path / "secret.css"
        css.write_text("p { color: #abcdef }")
        page = inlined(
            f"<html><head><link rel='stylesheet' href='{there}/a.css'><link rel='stylesheet' href='{css}'>"
            f"<style>@import url({there}/b.css); p {{ margin: 0 }}</style></head><body><p>x</p></body></html>"
        )
        server.shutdown()
    assert asked == []
    assert "abcdef" not in page


def test_the_checks_read_pages_as_readers_do() -> None:
    page = checks.Reading("<html><head><title>no</title></head><body>a<p>b &amp; c</p><a href='x&amp;y'>d</a></body>")
    assert page.text.split() == ["a", "b", "&", "c", "d"]
    assert page.links == ["x&y"]
