"""The JSON of outline and import is what docs/json.md promises, for every format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dripcourse.courses.article import REASONS, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.outline import outline_json
from dripcourse.courses.drafting.show import draft_json
from dripcourse.courses.reading.readers import READERS, read_article
from tests.courses.articles import ANY_ARTICLE
from tests.courses.formats import Telling, tellings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def schema(name: str) -> Draft202012Validator:
    found: dict[str, Any] = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


OUTLINE, IMPORT = schema("outline"), schema("import")
often = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", READERS)
@often
@given(telling=tellings(), days=st.integers(7, 60))
def test_what_is_printed_keeps_to_the_schema(form: str, telling: Telling, days: int) -> None:
    data = telling.written(form)
    options = Options(format=form, days=days, min_passage_words=5)
    OUTLINE.validate(json.loads(json.dumps(outline_json(read_article(data, options)))))
    try:
        draft = compile_article(data, options)
    except ArticleError:
        return
    IMPORT.validate(json.loads(json.dumps(draft_json(draft))))


def test_a_whole_article_keeps_to_the_schema_and_has_the_keys_that_were_promised_first() -> None:
    draft = compile_article(ANY_ARTICLE.read_bytes(), Options())
    made, understood = draft_json(draft), outline_json(draft.article)
    OUTLINE.validate(understood)
    IMPORT.validate(made)
    assert {"title", "short_answer", "headings", "actions", "perspectives", "dropped", "warnings"} <= set(understood)
    assert set(made["lessons"][0]) >= set(
        "day kind passage perspective section action_text subject preheader".split()  # noqa: SIM905
    )


def test_the_page_names_every_key_reason_and_code() -> None:
    page = (DOCS / "json.md").read_text(encoding="utf-8")
    for validator in (OUTLINE, IMPORT):
        for key in re.findall(r'"(\w+)": ', json.dumps(validator.schema["properties"])):
            if key not in {"type", "items", "properties", "enum", "description"}:
                assert f"`{key}`" in page or f'"{key}"' in page or key in _WORDS_OF_JSON_SCHEMA, key
    assert set(OUTLINE.schema["properties"]["dropped"]["items"]["properties"]["reason"]["enum"]) == set(REASONS)
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dripcourse" / "courses").rglob("*.py")
                       if path.parent.name in ("reading", "drafting"))  # fmt: skip
    codes = set(re.findall(r'"([EW]_[A-Z_]+)"', source))
    assert codes == set(re.findall(r"`([EW]_[A-Z_]+)`", page))


_WORDS_OF_JSON_SCHEMA = {"minimum", "maxLength", "minItems", "maxItems", "pattern", "prefixItems", "required",
                         "additionalProperties"}  # fmt: skip
