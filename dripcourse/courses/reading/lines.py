"""Plain-text lines to pieces: what is a step, an item, a heading, a rule, the tail. No levels, no article yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.wrapping import logical_lines
from dripcourse.courses.sentences import count_words, split_atoms

_NUMBER_ONLY = re.compile(r"\(?(\d{1,3})[.)]?$")
_NUMBERED = re.compile(r"(\(?(\d{1,3})(?:[.)](?=\s)|[、．）]))\s*(\S.*)$")
_NAMED = re.compile(r"((?:step|day)\s+(\d{1,3})\s*[:.)–—-])\s+(\S.*)$", re.IGNORECASE)  # Step 2: …
_BULLETS = "-–—•*·‣◦▪●"
_BULLETED = re.compile(r"([-–•*·‣◦▪●])\s+(\S.*)$")  # no em dash: it opens dialogue and signatures
_PART = re.compile(r"\d{1,2}\.\d{1,2}\.?\s+\S")
_RULE = re.compile(r"([-=_*~])\1{2,}$")
_HASHED = re.compile(r"(#{1,2})\s+(\S.*)$")
_NO_HEADING_END = re.compile(r"(?:[.…。；;,:，：、]|[.!。！？][\"'”’»*_)」』]+)$")
_COUNT = re.compile(r"^\(?[\d.]{1,6}[.)]\s+")
_STOP = re.compile(r"[.。！？][\"'”’»)」』]*\s*$")
MAX_LINES_IN_A_STEP = 5  # more text than this between "2." and "3." means that "3." continues nothing


def pieces(source: str) -> list[Piece]:
    """The non-empty lines of `source`, trimmed, with list markers taken apart."""
    found: list[Piece] = []
    blanks = 0
    waiting: list[Piece] = []  # markers alone on their line: a bullet, a number, or both
    for line in logical_lines(source):
        if not line.text:
            blanks += 1
            continue
        piece = replace(_piece(line.text, line.first), blanks=blanks, last=line.last)
        blanks = 0
        if piece.kind in ("bullet", "number"):
            if not _joins(waiting, piece):
                found.extend(map(_alone, waiting))
                waiting = []
            waiting.append(piece)
        elif waiting and piece.kind == "text" and not piece.level:
            found.append(_marked(waiting, piece))
            waiting = []
        else:
            found.extend((*map(_alone, waiting), piece))
            waiting = []
    return [*found, *map(_alone, waiting)]


def _joins(waiting: Sequence[Piece], piece: Piece) -> bool:
    """Whether the marker goes on: nothing before it, or it is the number behind a bullet."""
    return not waiting or (piece.kind == "number" and waiting[-1].kind == "bullet")


def _alone(marker: Piece) -> Piece:
    """A marker that marks nothing: a bullet is a rule, a number is text."""
    return replace(marker, kind="rule" if marker.kind == "bullet" else "text", number=0)


def _marked(waiting: Sequence[Piece], piece: Piece) -> Piece:
    number = waiting[-1].number
    return replace(
        piece,
        kind="step" if number else "item",
        marker=" ".join(marker.text for marker in waiting),
        number=number,
        typed=True,
        line=waiting[0].line,
        blanks=waiting[0].blanks,
    )


def _piece(line: str, number: int) -> Piece:
    if line in _BULLETS:
        return Piece("bullet", line, number)
    if match := _NUMBER_ONLY.match(line):
        value = int(match[1])
        return Piece("number" if value else "text", line, number, number=value)
    if _RULE.match(line):
        return Piece("rule", line, number)
    if (match := _NUMBERED.match(line)) or (match := _NAMED.match(line)):
        return Piece("step", match[3], number, marker=match[1], number=int(match[2]), typed=True)
    if match := _BULLETED.match(line):
        return Piece("item", match[2], number, marker=match[1], typed=True)
    if match := _HASHED.match(line):
        return Piece("text", match[2], number, marker=match[1], level=len(match[1]), typed=True)
    return Piece("text", line, number)


def marked_line(line: str) -> Piece | None:
    """The line as a step or an item, if it begins with a list marker and goes on."""
    piece = _piece(line, 0)
    return piece if piece.kind in ("step", "item") else None


def heading_like(found: Sequence[Piece], at: int) -> bool:
    """Whether the piece has the shape of a heading and something follows it (COURSE A3.4-5)."""
    piece = found[at]
    if piece.kind != "text" or at + 1 >= len(found):
        return False
    if piece.level:
        return True
    if any(_STOP.search(atom.text) for atom in split_atoms(_COUNT.sub("", piece.text))[:-1]):
        return False  # a sentence ends inside it
    short = len(piece.text) <= 80 and count_words(piece.text) <= 12 and any(map(str.isalpha, piece.text))
    return short and not piece.text[0].islower() and not _NO_HEADING_END.search(piece.text)


def underline(found: Sequence[Piece]) -> list[Piece]:
    """Marks the lines with ===== or ----- right below them."""
    marked = list(found)
    for at in range(1, len(marked)):
        below, above = marked[at], marked[at - 1]
        if below.kind == "rule" and not below.blanks and below.text[0] in "=-" and len(below.text) >= 3:
            marked[at - 1] = replace(above, underlined=above.kind == "text")
    return marked


def number_runs(found: Sequence[Piece], ends_run: Callable[[Piece], bool]) -> list[Piece]:
    """Steps that count 1, 2, 3 … get their run; any other number makes its line plain text again."""
    counted: list[Piece] = []
    run = last = between = 0
    for piece in found:
        if piece.kind == "step" and (piece.number == 1 or (last and piece.number == last + 1)):
            run += piece.number == 1
            last, between = piece.number, 0
            counted.append(replace(piece, run=run))
            continue
        above = counted[-1] if counted and last else None
        counted.append(_as_text(piece) if piece.kind == "step" else _below(above, piece))
        between += counted[-1].kind == "text"
        if ends_run(counted[-1]) or between > MAX_LINES_IN_A_STEP:
            last = 0
    return counted


def _below(above: Piece | None, piece: Piece) -> Piece:
    """An item right behind a step is a part of it."""
    nested = piece.kind == "item" and above and (above.kind == "step" or above.depth)
    return replace(piece, depth=1) if nested else piece


def chapters(found: Sequence[Piece], is_known: Callable[[str], bool]) -> list[Piece]:
    """Numbered lines that are headings of chapters and not steps become text again.

    They are headings where 1.1 stands beside 1., or where the article starts with them, they count 1, 2, 3, and each
    has a real paragraph right below it or a name that is known.
    """
    short = [at for at, piece in enumerate(found) if piece.kind == "step" and count_words(piece.text) <= 12]
    parts = any(piece.kind == "text" and _PART.match(piece.text) for piece in found)
    heads = short if parts else [at for at in short if _is_chapter(found, at) or is_known(found[at].text)]
    counted = [found[at].number for at in heads] == list(range(1, len(heads) + 1))
    opens = heads and not any(heading_like(found, at) for at in range(heads[0]))
    if not (parts or (opens and counted and len(heads) >= 2)):
        return list(found)
    return [_as_text(piece) if at in set(heads) else piece for at, piece in enumerate(found)]


def _is_chapter(found: Sequence[Piece], at: int) -> bool:
    return at + 1 < len(found) and _is_paragraph(found[at + 1])


def _is_paragraph(piece: Piece) -> bool:
    return piece.kind == "text" and count_words(piece.text) >= 20


def _as_text(piece: Piece) -> Piece:
    return replace(piece, kind="text", text=f"{piece.marker} {piece.text}", marker="", number=0, typed=False)
