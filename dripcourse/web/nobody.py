"""What a link of ours says once nothing is stored of its person: that, and that no more mails come. It asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from dripcourse.errors import Nobody
from dripcourse.web.page import page
from dripcourse.web.tongue import words_asked


def nobody_page(request: Request, status: int = 410) -> HTMLResponse:
    """The page, in the language the browser asks for: whose it was is not known any more."""
    say = words_asked(request)
    site = request.app.state.site
    answer = page(site, "sentence", status, say=say, heading=say("nobody"), text=say("nobody_text"))
    answer.headers["Vary"] = "Accept-Language"
    return answer


class WayOut(APIRoute):
    """A way out of our mails: a link of nobody has what it was pressed for, so its answer is 200."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, and that."""
        handle = super().get_route_handler()

        async def handle_nobody(request: Request) -> Response:
            try:
                return await handle(request)
            except Nobody:
                return nobody_page(request, 200)

        return handle_nobody
