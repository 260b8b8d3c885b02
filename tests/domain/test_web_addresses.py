"""What a stranger typed as a name or into a field is no link in anybody's mail program; and names stay names."""

from __future__ import annotations

import pytest

from dripcourse.domain.fields import holds_web_address


@pytest.mark.parametrize(
    "typed",
    [
        "spam24.com/x", "t.me/evil", "x.co/abc", "x.co", "X.CO", "evil.Com", "EVIL.COM", "Evil.shop", "win.now24",
        "пример.рф", "例え.テスト", "परीक्षा.कॉम", "مثال.إختبار", "a1.fm", "bit.ly/2x",
        "evil。com", "evil．com", "ｅｖｉｌ．ｃｏｍ", "evil․com", "evil｡com", "evil。ＣＯＭ",
        "evil\u200b.com", "evil.\u200bcom", "evil\u00ad.com", "evil.c\u2060om", "evil\ufe0f.com", "evil.c\u0301om",
        "h\u200bttps:/\u200b/evil", "HTTPS:evil", "www.evil", "ftp://evil", "evil.com.", "(evil.com)",
        "me@x1.com", "@evil", "me＠evil", "192.0.2.7/x", "192.0.2.7", "M.Sc/x", "B.Sc.evil", "<b>", "＜b",
        "Dr.med.shop",
    ],
)  # fmt: skip
def test_what_a_mail_program_could_make_a_link_of_is_found(typed: str) -> None:
    assert holds_web_address(f"Anne {typed} now")


@pytest.mark.parametrize(
    "typed",
    [
        "J.R.", "J. R. R. Tolkien", "J.R.R. Tolkien", "St. John", "Dr. Anna M. Weiß", "Anna Weiß, M.Sc.", "Ph.D.",
        "Dr.med. Weiß", "Anna-Lena O'Brien", "Νίκος Κ.", "Лев Н. Толстой", "李小龙", "我喜欢。谢谢", "はい。OK です。",
        "प्रिया श.", "Frankfurt a.M.", "z.B. heute", "e.g. U.S. citizens", "U.S.-based", "3.5 kg", "24.12.2026",
        "12.5/3", "1/2", "and/or", "Smith & Sons, Inc.", "I like it. Thanks...", "well…then", "a.k.a. Tim", "10:30",
    ],
)  # fmt: skip
def test_what_people_are_called_and_write_is_not(typed: str) -> None:
    assert not holds_web_address(typed)
