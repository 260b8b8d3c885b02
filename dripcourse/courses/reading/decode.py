"""Bytes to text, and which format the text is in. Stored text is never normalised; `fold` is for comparing."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from dripcourse.courses.codes import ArticleError, Caution

MAX_BYTES = 2_000_000
_HEAD = 65_536  # bytes in which a binary file shows itself
_BOMS = (  # the longer mark first: UTF-32-LE begins like UTF-16-LE
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "ZIP, DOCX or ODT file",
    b"\x89PNG": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF8": "GIF picture",
    b"\x1f\x8b": "gzip archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ": "xz archive",
    b"7z\xbc\xaf": "7z archive",
    b"Rar!": "RAR archive",
    b"wOF": "font",
    b"\x7fELF": "program",
    b"\xd0\xcf\x11\xe0": "Word file",
    b"{\\rtf": "RTF file",
}
_CHARSET = re.compile(rb"""(?:charset\s*=\s*["']?|<\?xml[^>]*encoding\s*=\s*["'])([\w.:-]+)""", re.IGNORECASE)
_CODECS = frozenset(  # what browsers read (WHATWG Encoding), by Python's names; punycode and the like are no text
    [
        *(
            "utf-8",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "gb2312",
            "gbk",
            "gb18030",
            "big5",
            "big5hkscs",
            "koi8-r",
            "koi8-u",
        ),
        *(
            "euc_jp",
            "iso2022_jp",
            "shift_jis",
            "cp932",
            "euc_kr",
            "cp949",
            "cp866",
            "cp874",
            "mac-roman",
            "mac-cyrillic",
        ),
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    ]
)
_AS_BROWSERS = {"iso-8859-1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252"}
_HTML_TAG = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|table|section|article|blockquote|br)\b[^<>]*>", re.IGNORECASE)
_ATX = re.compile(r"#{1,6} \S")
_FENCES = ("```", "~~~")
_LONGEST_WRAPPED = 100  # characters; a longer line was never wrapped by hand
_MARKDOWN_LINE = re.compile(r"```|~~~|> |.*\]\(|.*\*\*")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*$")
#: Control characters that are no white space: nobody sees them, and no mail may have them.
CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if code not in (9, 10, 12, 13)}
_INVISIBLE = str.maketrans("", "", "\u200b\ufeff\u00ad")
_QUOTES = str.maketrans("’‘“”", "''\"\"")


def decode(data: bytes, transport: str = "") -> tuple[str, str, tuple[Caution, ...]]:
    """(text with LF line ends, encoding, cautions). `transport` is the charset that came with it, if any.

    Raises ArticleError E_EMPTY, E_BINARY, E_TOO_LONG.
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise _binary(kind)
    if b"\0" in data[:_HEAD] and not any(data.startswith(mark) for mark, _ in _BOMS):
        raise _binary("binary file", f"a NUL at byte {data.index(bytes(1))}")
    if len(data) > MAX_BYTES:
        raise ArticleError("E_TOO_LONG", f"The file has over {MAX_BYTES} bytes, the limit. Give one article at a time.")
    text, encoding, cautions = _decoded(data, transport)
    strange = _strange(text)
    if "\0" in text or strange * 200 > len(text):  # more than 0.5 %
        raise _binary("binary file", f"{text.count(chr(0))} NUL and {strange} control characters in {len(text)}")
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
    if not text.translate(_INVISIBLE).strip():
        raise ArticleError(
            "E_EMPTY",
            f"The file has no text. Its {len(data)} bytes show nothing. Give the article as .txt, .md or .html.",
        )
    return text, encoding, cautions


def _binary(kind: str, found: str = "its first bytes say so") -> ArticleError:
    message = f"This looks like a {kind}, not text. Save it as .txt, .md or .html. Found: {found}."
    return ArticleError("E_BINARY", message)


def _strange(text: str) -> int:
    return sum(1 for c in text if c == "\ufffd" or (unicodedata.category(c) == "Cc" and not c.isspace()))


def _decoded(data: bytes, transport: str) -> tuple[str, str, tuple[Caution, ...]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), encoding, ()
    declared = _CHARSET.search(data[:1024]) if data.lstrip()[:1] == b"<" else None
    label = transport.lower() or (declared[1].decode("ascii", "replace").lower() if declared else "utf-8")
    for encoding in dict.fromkeys((_AS_BROWSERS.get(label, label), "utf-8")):
        try:
            if codecs.lookup(encoding).name not in _CODECS:
                continue
            return data.decode(encoding), encoding, ()
        except (LookupError, ValueError):
            continue
    wrong = next((n for n, line in enumerate(data.split(b"\n"), 1) if not _is_utf8(line)), 0)
    caution = Caution(
        "W_ENCODING_GUESSED",
        wrong,
        "The file is not UTF-8; it was read as windows-1252. Look at quotes and accents, or save it as UTF-8.",
    )
    return data.decode("windows-1252", errors="replace"), "windows-1252", (caution,)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def detect_format(text: str) -> str:
    """`html`, `markdown` or `text`, by what is in it (COURSE A3.2-4)."""
    head = text.lstrip("\ufeff \t\n")[:2000].lower()
    lines = [line.rstrip() for line in text.strip("\ufeff\n").split("\n")]
    headings = sum(1 for line in lines if _ATX.match(line))
    tagged = len(_HTML_TAG.findall(text[:200_000])) >= 3 and (headings < 2 or "</h" in text)
    if head.startswith(("<!doctype html", "<html")) or tagged:
        return "html"
    if lines[0] in ("---", "+++") and lines[0] in lines[1:40]:
        return "markdown"
    if _paragraph_a_line(lines) and not any(line.startswith(_FENCES) for line in lines):
        return "text"
    marked = headings + sum(1 for line in lines if _MARKDOWN_LINE.match(line))
    marked += sum(1 for above, line in pairwise(lines) if above and _UNDERLINE.match(line))
    return "markdown" if marked >= 2 else "text"


def _paragraph_a_line(lines: Sequence[str]) -> bool:
    """Whether lines are paragraphs, as in scraped text: in Markdown they would all run into one.

    Then # before some of them are the author's corrections of a plain text, and stars or links in it are just typed.
    """
    filled = [line for line in lines if line.strip()]
    longest = max(len(line) + sum(char > "\u2e80" for char in line) for line in filled)  # Han letters are wide
    return 10 * (len(lines) - len(filled)) <= len(filled) and longest > _LONGEST_WRAPPED


@lru_cache(maxsize=2048)  # headings and lines are compared many times over
def fold(text: str) -> str:
    """For comparing only: NFC, case, white space, straight quotes, no invisible characters. Bidi marks stay."""
    plain = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_QUOTES)
    return " ".join(plain.split()).casefold()
