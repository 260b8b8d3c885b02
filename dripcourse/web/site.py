"""What every page needs: the engine, the settings, the outbox if there is one. Not the pages themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from dripcourse.config import Settings
from dripcourse.flows.engine import Engine
from dripcourse.mail.transports.outbox import Outbox


@dataclass(frozen=True)
class Site:
    """One installation as its web part sees it. `proxied`: some proxy is named whose headers are believed."""

    engine: Engine
    settings: Settings
    outbox: Outbox | None = None
    proxied: bool = True

    @property
    def root(self) -> str:
        """The path under which the site is reached, "" or such as "/course", for links within it."""
        return urlsplit(self.settings.base_url).path.rstrip("/")

    def now(self) -> datetime:
        """The engine's moment, which may be a virtual one."""
        return self.engine.clock()

    def path(self, purpose: str, public_id: str) -> str:
        """The signed link for this purpose, as a path on this site."""
        return f"{self.root}/{purpose}/{self.engine.links.token(purpose, public_id)}"


async def site_of(request: Request) -> Site:
    """The site a request came to. Async because it never waits: no thread is taken for it."""
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(site_of)]
