"""Phrases that no shipped course may have, each with its reason. A table to read and to add to; no tests."""

from __future__ import annotations

import re
from typing import NamedTuple


class Phrase(NamedTuple):
    """A pattern (without case) and why it has no place in a mail."""

    pattern: str
    reason: str

    def found(self, text: str) -> str:
        """The words of `text` that it matches, "" where there are none."""
        match = re.search(self.pattern, " ".join(text.replace("’", "'").split()), re.IGNORECASE)
        return match[0] if match else ""


#: What a lock screen or an inbox may show, in any course.
SUBJECTS = (
    Phrase(r"^\s*(re|aw|fwd?|wg)\s*:", "nobody wrote first"),
    Phrase(r"(?-i:\b[A-ZÄÖÜ]{4,}\b)", "capitals shout"),
    Phrase(r"!", "an exclamation mark shouts, too"),
    Phrase(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]", "screen readers spell an emoji out"),
    Phrase(r"\byou('ve| have)? (missed|forgot|failed|fell)\b|\b(versäumt|verpasst|vergessen)\b", "guilt"),
    Phrase(r"\b(now|hurry|urgent|last chance|only today|don't wait)\b|\b(jetzt|dringend|sofort)\b", "urgency"),
    Phrase(r"\?$", "a question in a subject is bait"),
)

#: What a stranger at the lock screen may not learn of this reader's home.
DISCREET = (
    Phrase(r"\b(wi(fe|ves)|husbands?|spouses?|marri\w+|marital|couples?)\b", "it says that this is about a marriage"),
    Phrase(r"\b(divorce\w*|separat\w+|left|leav(e|es|ing))\b", "it says that somebody may go"),
    Phrase(r"\b(she|her|hers|herself)\b", "it says that this is about a woman"),
    Phrase(r"\b(intima\w+|love\w*|romance|relationships?|affairs?)\b", "it says what is lacking"),
    Phrase(r"\b(safety|abuse\w*|violen\w+|helplines?|counsel\w+|therap\w+)\b", "it says that somebody needs help"),
    Phrase(r"\b(bible|scripture|god|christ|church|pray\w*)\b", "it says what he believes"),
)

#: Any text of any course.
ANYWHERE = (
    Phrase(r"\b(get|see|guarantee\w*|proven) results?\b|\bguaranteed?\b|\bproven (method|system)\b", "sales language"),
    Phrase(r"\b(transform your|unlock (the|your)|game.chang\w+|secrets? (to|of)|life-changing)\b", "sales language"),
    Phrase(r"\b(act now|last chance|only today|before it is too late|time is running out)\b", "urgency"),
    Phrase(r"\byou('ve| have)? (failed|fallen behind|let yourself down)\b|\bno excuses?\b", "guilt"),
    Phrase(r"(?<!two of )\byou('re| are|'ll be| will be) back\b", "it tells him that he was gone"),
    Phrase(r"\bhas to be made up\b|\bcatch(ing)? up on (the|your) (lessons|days)\b", "a missed day leaves no debt"),
    Phrase(
        r"\b(nobody else|no one else|only you) (gets?|sees?|can see|will see|knows?)\b",
        "whoever runs the course can look taps up, and so can anyone who holds a mail",
    ),
    Phrase(r"\b(streaks?|don't break the chain)\b", "a missed day does no harm; a streak says it does"),
    Phrase(r"\b(habits? in (30|thirty|21|twenty-one) days|(30|21) days (make|build|form)s? a habit)\b", "it is false"),
    Phrase(r"\b(research|science|studies|experts?) (shows?|proves?|says?|agrees?)\b", "a source nobody can look up"),
    Phrase(r"\byou (must|should|have got to)\b", "`you could` is how the course speaks"),
    Phrase(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]", "screen readers spell an emoji out"),
    Phrase(r"(?-i:\b(?!START\b)[A-ZÄÖÜ]{4,}\b)", "capitals shout"),
)

#: Any text in English: American, and as it is said at breakfast.
ENGLISH = (
    Phrase(
        r"\bmails\b|\b(a|an|each|every|first|last|next|one|the|this|short) mail\b",
        "what comes to an inbox is an email; the mail is what a neighbor takes in",
    ),
    Phrase(r"\b(cannot|shall not|need not|needn't|shan't)\b", "nobody says it at breakfast"),
    Phrase(r"\bask(s|ed|ing)? (her )?leave\b|\bin the same manner\b", "a century old"),
    Phrase(r"\b(honour|favour|colour|behaviour|neighbour|counsellor|grey|practis)\w*", "British"),
)

#: Any text of the course for a man whose wife has withdrawn.
AT_HOME = (
    Phrase(r"\b(win|get|bring) her back\b|\bwin (her|your wife)\b", "she is nobody's prize"),
    Phrase(r"\bsave (your|the) marriage\b", "a promise that nobody can keep"),
    Phrase(
        r"\b(break|tear|bring) (it |the wall |her wall )?down\b|\bbreak through\b", "war language; the wall is hers"
    ),
    Phrase(r"\b(battle\w*|fight (for|to)|weapons?|conquer\w*|tactics?|strateg\w+|surrender\w*)\b", "war language"),
    Phrase(r"\bmake her (feel|want|see|trust|love|stay)\b|\bget her to\b", "a technique aimed at her consent"),
    Phrase(r"\b(soften|open|reach|unlock) her heart\b|\bheart (to )?soften\b", "she is no lock with a code"),
    Phrase(r"\b(sex\w*|physical intimacy|in bed|her affection)\b", "intimacy is no reward, goal or measure here"),
    Phrase(r"\bgo(es|ne)? off-?line\b|\bher brain\b", "too strong: under threat it is harder to listen"),
    Phrase(
        r"\bdeactivat\w+\b|\bavoidant\b|\bher (defen[cs]e|attachment) (mechanism|style)\b", "a diagnosis of a stranger"
    ),
    Phrase(r"\b(6|six)\s*(-|–|to)\s*(12|twelve) months\b", "no source: say months, and that it varies"),
    Phrase(r"\bgottman\b", "the bank account is a picture here, credited to nobody"),
    Phrase(
        r"\bregardless of (her|what she)\b|\bno matter what she\b|\bunconditional\w*\b",
        "read as pursuit it is dangerous",
    ),
    Phrase(r"\bshe('s| is| may be| will be)? (just )?testing you\b|\b(pass|passing) her test\b", "a no is an answer"),
    Phrase(r"\b(weaker|submi(t|ts|ssion|ssive)|obey\w*|obedien\w+|headship)\b", "never an argument about her place"),
    Phrase(r"\bhead of (the|your|his) (house|home|wife|family)\b", "never an argument about her place"),
    Phrase(r"\b(she|your wife) (must|should|ought to|has to|needs to)\b", "she has no homework in this course"),
    Phrase(r"\b(she|her) .{0,20}\bforgiv\w+\b|\bforgiv\w+ you\b", "never an argument that she forgive"),
    Phrase(r"\b(check|read|look through) her (phone|messages|mail|e-mails?|location|diary)\b", "surveillance"),
    Phrase(r"\b(track|record|film|monitor|quiz|log|follow) her\b", "surveillance"),
    Phrase(r"\bfill(s|ed)? the tank\b|\bwindshield\b|\bher (keys|purse|bag)\b", "her car and things are left alone"),
    Phrase(r"\bwhere (she|you) (was|were) (last|today|yesterday)\b|\bwho (was with her|she met)\b", "control"),
    Phrase(r"\b(lift|raise)(s|d)? (a|his|your) (hand|voice|finger)\b", "said where somebody may have been hit"),
    Phrase(r"\basked for (room|space)\b", "the safety note says distance; one thing has one name"),
    Phrase(r"\bagreed? (it )?anew\b", "a review is done alone; nobody is there to agree"),
    Phrase(
        r"\b(trust|closeness|warmth) (is|will be|gets) (mended|restored|rebuilt|earned back|won back)\b"
        r"|\b(it|distrust|trust) (is|will be) unlearned\b",
        "a flat promise: some homes get there and some do not",
    ),
    Phrase(
        r"\b(ask|tell|through|via) (the|your) (children|kids|pastor|church|friends) (about her|to tell)\b",
        "go-betweens",
    ),
)

#: What a reader who opted out of scripture does not want to meet.
RELIGION = (
    Phrase(r"\b(scriptures?|bibles?|biblical|gospels?|psalms?|verses?|testament|sermons?)\b", "scripture"),
    Phrase(r"\b(god'?s?|lord|christ\w*|jesus|the spirit|holy|heavens?|angels?|divine)\b", "a divine name"),
    Phrase(r"\b(prayers?|pray(s|ed|ing)?|worship\w*|bless\w*|grace|sins?|sinful|repent\w*|souls?|amen)\b", "piety"),
    Phrase(r"\b(church\w*|pastors?|priests?|religio\w+|faith\w*|believers?|covenants?)\b", "church and faith"),
    Phrase(r"\b(paul|peter|apostles?|prophets?|moses|solomon|israel)\b", "a person of the Bible"),
    Phrase(
        r"\b(genesis|exodus|proverbs?|isaiah|hosea|malachi|matthew|romans|corinthians|galatians|ephesians|"
        r"philippians|colossians|thessalonians|timothy|titus|hebrews|revelation)\b",
        "a book of the Bible",
    ),
    Phrase(r"(?-i:\b(Mark|Luke|John|Acts|James|Job|Ruth) )\d+:\d+", "a reference"),
)
