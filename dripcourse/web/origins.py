"""Which other sites' scripts may read an answer of ours (CORS, Fetch Standard 3.2). Exact origins only, no credentials.

An origin is compared as the browser writes it, letter by letter: nothing is parsed, so there is no parser to deceive.
`null`, which sandboxed frames and files send, stands in no list. A refused origin gets the answer all the same, without
the header: the browser keeps it from the script. CORS is no guard against posting; double opt-in and the gate are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from fastapi import Request, Response

#: Seconds for which a browser need not ask again.
_MAX_AGE = "600"
_HEADERS = "Accept, Content-Type"


def allow(answer: Response, request: Request, origins: Collection[str]) -> None:
    """Let scripts of `origins`, such as "https://shop.example", read this answer.

    `Vary: Origin` stands there for everyone, or a cache would give one site's answer to another.
    """
    answer.headers.add_vary_header("Origin")
    asking = request.headers.getlist("origin")
    if len(asking) == 1 and asking[0] in origins and asking[0].startswith(("https://", "http://")):
        answer.headers["Access-Control-Allow-Origin"] = asking[0]


def is_foreign(request: Request, origins: Collection[str]) -> bool:
    """Whether a browser says that it was a page of another site, and of none of `origins`, that sent this post.

    Sec-Fetch-Site (Fetch Metadata) counts where there is one: under no-referrer our own pages send `Origin: null`. A
    browser without it (Safari before 16.4) that says null is let through, for that is what our own form does there.
    """
    asking, site = request.headers.get("origin", ""), request.headers.get("sec-fetch-site", "")
    if asking in origins:
        return False
    if site:
        return site not in ("same-origin", "none")
    if asking in ("", "null"):
        return False
    try:
        return urlsplit(asking).netloc != request.headers.get("host", "")
    except ValueError:
        return True


def preflight(request: Request, origins: Collection[str], methods: Sequence[str]) -> Response:
    """The answer to OPTIONS: which methods there are, and for a listed origin that its script may use them."""
    names = ", ".join((*methods, "OPTIONS"))
    answer = Response(status_code=204, headers={"Allow": names})
    allow(answer, request, origins)
    if "access-control-allow-origin" in answer.headers:
        answer.headers["Access-Control-Allow-Methods"] = names
        answer.headers["Access-Control-Allow-Headers"] = _HEADERS
        answer.headers["Access-Control-Max-Age"] = _MAX_AGE
    return answer
