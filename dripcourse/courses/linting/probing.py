"""Tries the links of a course, each once. How one is tried is its caller's affair; no connection is opened here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urldefrag

from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.linting.finding import Finding, in_order
from dripcourse.courses.linting.links import addresses
from dripcourse.courses.linting.texts import all_texts

AT_ONCE = 8

Probe = Callable[[str], str]  # "" where the address answers, else one line why not


def dead_links(found: Survey, probe: Probe) -> list[Finding]:
    """A warning at every place of a link that does not answer. `probe` is called once an address, on 8 threads at most.

    Placeholders and broken addresses are not tried. What `probe` raises goes through.
    """
    texts = [text for edition in found.editions for text in all_texts(edition)]
    places = [(mark, urldefrag(mark.address).url) for text in texts for mark in addresses(text)]
    distinct = list(dict.fromkeys(url for _, url in places))
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="probe") as threads:
        answers = dict(zip(distinct, threads.map(probe, distinct), strict=True))
    return in_order(
        Finding("W_LINK_DEAD", mark.path, mark.line, f"{url} does not answer as it should: {answers[url]}")
        for mark, url in places
        if answers[url]
    )
