"""A short course in Hebrew with a table of its own words: how mails from right to left are proved; nobody sends it."""

from __future__ import annotations

from dripcourse.domain.course import Action, Course, Lesson, LessonKind

WORDS = {
    "place_welcome": "לפני היום הראשון מתוך {days}",
    "place": "יום {day} מתוך {days}",
    "place_completion": "כל {days} הימים",
    "action": "המשימה להיום",
    "minutes_one": "דקה אחת",
    "minutes": "עד {minutes} דקות",
    "solo": "אם אתם לבד היום",
    "reflection": "שאלה לדרך",
    "safety": "לפני שממשיכים",
    "safety_more": "ההודעה המלאה נמצאת במכתב הפתיחה ובסיכומים.",
    "done": "בוצע",
    "not_today": "לא היום",
    "your_taps": "מה סימנתם",
    "links": "קישורים",
    "earlier": "שיעורים קודמים",
    "pace": "קצב והפסקות",
    "why": "ההודעה הזאת נשלחה אליכם כי {recipient} נרשם לקורס „{course}” בתאריך {signed_up}.",
    "stop": "ביטול ההרשמה לקורס",
    "sent_by": "נשלח על ידי",
    "confirm_subject": "נא לאשר: {course}",
    "confirm_preheader": "לחיצה אחת, והמכתב הראשון כבר בדרך אליכם.",
    "confirm_heading": "זה באמת אתם?",
    "confirm_text": "מישהו, ואנו מקווים שאתם, ביקש לקבל את „{course}” לכתובת הזאת:",
    "confirm_then": "הקורס יתחיל רק אחרי שתאשרו. עד אז לא נשלח דבר נוסף.",
    "confirm_button": "כן, להתחיל את הקורס",
    "confirm_decline": "אם זה לא אתם, אין צורך לעשות דבר. ואם זה חוזר על עצמו:",
    "decline_link": "לא לכתוב יותר לכתובת הזאת",
    "confirm_why": "המכתב נשלח פעם אחת, כי הכתובת {recipient} הוזנה בטופס הרשמה בתאריך {signed_up}.",
    "left_subject": "עזבתם את {course}",
    "left_preheader": "לא יגיעו עוד שיעורים. אפשר לבטל בלחיצה אחת.",
    "left_heading": "עזבתם את הקורס",
    "left_text": "לא יישלחו עוד מכתבים של „{course}” לכתובת הזאת:",
    "left_undo": "אם זו הייתה טעות, אפשר להמשיך מהמקום שבו עצרתם:",
    "undo_button": "להירשם שוב",
    "left_why": "זה המכתב האחרון: הוא מאשר שעזבתם, והוא נשלח אל {recipient}.",
    "pick_up_subject": "ממשיכים מכאן: {course}",
    "pick_up_preheader": "אין מה להשלים. צעד אחד קטן מספיק היום בהחלט.",
    "pick_up_heading": "להמשיך מכאן, מתי שנוח",
    "pick_up_text": "כבר כמה ימים לא נלחץ דבר. זה בסדר גמור: גם קריאה נחשבת.",
    "pick_up_then": "אין מה להשלים. קחו את השיעור האחרון ועשו את החלק הקטן ביותר שבו.",
    "pick_up_button": "להמשיך מכאן",
    "pick_up_pace": "אם המכתבים באים לעתים קרובות מדי, אפשר להאט או לעשות הפסקה, למטה.",
    "pick_up_why": "המכתב הזה מגיע פעמיים לכל היותר. הוא נשלח כי {recipient} נרשם לקורס „{course}” בתאריך {signed_up}.",
    "paused_subject": "בהפסקה: {course}",
    "paused_preheader": "המקום שלכם נשמר. אתם מחליטים מתי ממשיכים.",
    "paused_heading": "הקורס שלכם בהפסקה",
    "paused_text": "המקום שלכם נשמר, ואין מה להשלים. אפשר להמשיך מוקדם יותר או להאריך בכל עת.",
    "paused_button": "לשנות את ההפסקה או להמשיך",
    "paused_why": "ההודעה נשלחה כי הקורס „{course}” הושהה עבור {recipient}.",
    "resumed_subject": "חוזרים: {course}",
    "resumed_preheader": "המקום שלכם נשמר; ממשיכים מהנקודה שבה עצרתם.",
    "resumed_heading": "הקורס שלכם ממשיך",
    "resumed_text": "ממשיכים מהמקום שבו עצרתם. אין מה להשלים, וכל השיעורים הקודמים עדיין כאן.",
    "resumed_button": "לראות איפה אני",
    "resumed_why": "ההודעה נשלחה כי הקורס „{course}” ממשיך עבור {recipient}.",
}

_BODY = """
פסקה קצרה בעברית, ובה **מילה מודגשת**, `code(x)` קטן, סוגריים (כמו אלה) ושעה: 12:30.

רוב האנשים זוכרים מה הבטיחו להם. מעטים זוכרים מה נאמר להם בדרך אגב, ו[מי שרוצה לקרוא עוד](https://example.org/he)
ימצא עוד כמה מילים על כך.

1. קודם מקשיבים עד הסוף.
2. אחר כך שואלים שאלה אחת.
   - שאלה קצרה
   - בלי עצות

> מי ששואל שוב, היה שם כבר בפעם הראשונה.

| מה | מתי |
|---|---|
| חמש דקות | אחרי ארוחת הערב |
| נשימה אחת | לפני שעונים |

```
def f(x):
    return x + 1  # ok
```
"""

_LESSONS = (
    Lesson(
        key="welcome",
        kind=LessonKind.WELCOME,
        day=0,
        subject="ברוכים הבאים",
        preheader="מחר בבוקר יגיע השיעור הראשון. חמש דקות ביום מספיקות.",
        body="שלום, וטוב שבאתם. בכל בוקר יגיע מכתב אחד, ובו **מעשה קטן אחד**.",
    ),
    Lesson(
        key="five-minutes",
        kind=LessonKind.LESSON,
        day=1,
        subject="יום 1: חמש דקות",
        preheader="שאלה אחת, בלי לתקן דבר. חמש דקות מהערב שלכם.",
        perspective="התמונה המלאה",
        section="בשביל מה החומה",
        note="מילה לפני שמתחילים: זה השיעור שאהבתי יותר מכולם.",
        body=_BODY,
        action=Action("שאלו שאלה פתוחה **אחת**, והקשיבו עד הסוף.", minutes=5, solo="כתבו את השאלה על דף."),
        reflection="מתי הקשבתם לאחרונה עד הסוף?",
    ),
    Lesson(
        key="again",
        kind=LessonKind.PRACTICE,
        day=2,
        subject="יום 2: עוד פעם אחת",
        preheader="אותו מעשה קטן, והפעם קצת יותר לאט. דקה אחת היום.",
        action=Action("שאלו את אותה השאלה פעם נוספת.", minutes=1),
    ),
    Lesson(
        key="look-back",
        kind=LessonKind.RECAP,
        day=3,
        subject="יום 3: מבט לאחור",
        preheader="מה נשאר מהימים האחרונים? נסו להיזכר לפני שקוראים.",
        body="- **חמש דקות**: שאלה אחת\n- **עוד פעם**: לאט יותר",
    ),
    Lesson(
        key="end",
        kind=LessonKind.COMPLETION,
        day=4,
        subject="הגעתם לסוף",
        preheader="שלושה ימים מאחוריכם. מה תרצו לשמור מהם להמשך הדרך?",
        body="תודה שהייתם כאן.",
    ),
)

COURSE = Course(
    slug="hebrew",
    title="שלושה ימים שקטים",
    language="he",
    lessons=_LESSONS,
    safety_note="הקורס מיועד לבתים שבטוח בהם. אם מישהו בסכנה, פנו קודם כול למספר החירום.",
    footer="נכתב על ידי [צעדים קטנים](https://example.org/imprint).",
    words=WORDS,
)
