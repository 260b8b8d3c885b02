"""The elements of HTML by name: which begin a paragraph, which are headings, which there are at all."""

from __future__ import annotations

#: Elements that begin and end a paragraph wherever they stand.
BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog"),
        *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1"),
        *("h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend"),
        *("li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search"),
        *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
#: What is an element of HTML; any other name in angle brackets is something an author typed.
ELEMENTS = frozenset(
    {
        *("a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "basefont"),
        *("bdi", "bdo", "big", "blink", "blockquote", "body", "br", "button", "canvas", "caption", "center"),
        *("cite", "code", "col", "colgroup", "data", "datalist", "dd", "del", "details", "dfn", "dialog"),
        *("dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer"),
        *("form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header"),
        *("hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend"),
        *("li", "link", "main", "map", "mark", "marquee", "math", "menu", "meta", "meter", "nav"),
        *("nobr", "noscript", "object", "ol", "optgroup", "option", "output", "p", "param", "path", "picture"),
        *("pre", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "script"),
        *("search", "section", "select", "slot", "small", "source", "span", "strike", "strong", "style", "sub"),
        *("summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead"),
        *("time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr"),
    }
)
