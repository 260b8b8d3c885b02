"""What the names of an element (class, id, role) say that it is. Names only; the element's text is not looked at."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from dripcourse.courses.reading.nodes import NodeOrText, attribute

ROLES = {
    "navigation": "nav",
    "banner": "nav",
    "complementary": "nav",
    "contentinfo": "footer",
    "search": "cta",
    "dialog": "cta",
    "alertdialog": "cta",
}
_NAMED = {  # the more telling first: `class="sidebar related"` is related
    "cookie": "cookie cookies consent gdpr ccpa onetrust",
    "comment": "comment comments disqus",
    "related": "related relatedposts recommend recommends recommended recommendation recommendations cat-links "
    "tags-links",
    "reading_time": "reading-time read-time readtime readingtime reading-duration",
    "byline": "byline bylines dateline author authors posted-on entry-meta post-meta article-meta pubdate",
    "share": "share shares sharing social sharedaddy addthis addtoany",
    "cta": "newsletter subscribe subscribes signup sign-up cta popup pop-up modal optin opt-in lightbox "
    "subscription-widget subscription-form",
    "advert": "banner ad ads advert adverts advertisement adsense sponsor sponsors sponsored promo promos",
    "nav": "breadcrumb breadcrumbs menu nav navbar navigation sidebar skip skiplink aside toc navbox pagination pager "
    "editsection catlinks masthead site-header site-sub site-description site-title site-branding widget-area "
    "jump-link jump-to",
    "footer": "site-footer page-footer colophon printfooter",
    "marker": "headerlink anchorjs",
    "hidden": "sr-only visually-hidden visuallyhidden screen-reader",
}
REASONS = {token: reason for reason, tokens in _NAMED.items() for token in tokens.split()}
_TOKENS = frozenset(REASONS)
_RANK = {token: rank for rank, token in enumerate(REASONS)}.__getitem__
# "has-sidebar" and "category-ads" speak of the page around, "menu-open" of its state: no names of what is inside
_STATE_WORDS = "has with without no not is are hide hides category tag tagged open closed enabled disabled layout"
_STATES = frozenset(_STATE_WORDS.split())
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAKS = re.compile(r"[-_\s:./]+")


def split_name(name: str) -> list[str]:
    """The tokens of one class or id, lower case: `siteNav-left` → site, nav, left."""
    return [token.lower() for part in _BREAKS.split(name) for token in _camel(part) if token]


def telling_token(node: NodeOrText, *, with_id: bool) -> str:
    """The most telling token (or pair) of REASONS in a class, role or (`with_id`) id of the node, else ""."""
    role = attribute(node, "role")
    names = [*attribute(node, "class").split(), *([] if role in ROLES else [role])]
    names += [attribute(node, "id")] if with_id else []
    return min((token for name in filter(None, names) for token in _telling(name)), key=_RANK, default="")


def _camel(part: str) -> list[str]:
    """`adSlot` is two words; `sc-adBcXy` was made by a machine and says nothing."""
    pieces = _CAMEL.split(part)
    made_up = sum(1 for piece in pieces if len(piece) <= 2) >= 2
    return [part] if made_up else pieces


@lru_cache(maxsize=4096)  # a page has few names, many times over
def _telling(name: str) -> frozenset[str]:
    tokens = split_name(name)
    if not _STATES.isdisjoint(tokens):
        return frozenset()
    return _TOKENS.intersection((*tokens, *(f"{one}-{two}" for one, two in pairwise(tokens))))
