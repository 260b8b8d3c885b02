"""A course is edited while people are in it: who gets what next, with lessons under way, put off and in doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dripcourse.domain.course import Action, LessonKind
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError, Refused
from dripcourse.flows import moving, pace
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.publish import plan_publication, publish
from dripcourse.storage import courses
from tests.flows.stage import LOST, MINUTE, TAKEN, Gate, Killed, Stage, lesson, refusal, small_course
from tests.flows.test_fencing import held_at, let_go

LATER = refusal(451, "4.3.0 later")
PLAIN = ("welcome", "one", "two", "three", "four", "completion")


def had_two_lessons(stage: Stage) -> object:
    """Anna has had welcome, one and two; three is next, on Thursday the fifth."""
    anna = stage.enroll("anna")
    stage.at("2026-03-04 12:00")
    assert list(stage.sent(anna)) == ["welcome", "one", "two"]
    return anna


@pytest.mark.parametrize(
    ("keys", "rule", "then"),
    [
        (("welcome", "one", "two", "new", "three", "four", "completion"), Rule.FOLLOW, ["new", "three", "four"]),
        (("welcome", "one", "new", "two", "three", "four", "completion"), Rule.FOLLOW, ["three", "four", "completion"]),
        (("welcome", "one", "new", "two", "three", "four", "completion"), Rule.BACKFILL, ["new", "three", "four"]),
        (("welcome", "one", "two", "new", "three", "four", "completion"), Rule.PIN, ["three", "four", "completion"]),
        (("welcome", "one", "two", "four", "completion"), Rule.FOLLOW, ["four", "completion"]),
        (("welcome", "one", "four", "completion"), Rule.FOLLOW, ["four", "completion"]),
        (("welcome", "two", "three", "one", "four", "completion"), Rule.FOLLOW, ["three", "four", "completion"]),
        (("welcome", "four", "two", "one", "three", "completion"), Rule.FOLLOW, ["three", "completion"]),
        (("welcome", "four", "two", "one", "three", "completion"), Rule.BACKFILL, ["four", "three", "completion"]),
        (("welcome", "one", "two"), Rule.FOLLOW, []),
    ],
)
def test_what_comes_next_after_an_edit(stage: Stage, keys: tuple[str, ...], rule: Rule, then: list[str]) -> None:
    anna = had_two_lessons(stage)
    stage.publish(*keys, rule=rule)
    stage.at("2026-03-07 12:00")  # three more mornings
    days = ["2026-03-05", "2026-03-06", "2026-03-07"]
    assert list(stage.sent(anna).items())[3:] == list(zip(then, days, strict=False))
    assert stage.broken_promises() == []
    assert len({mail.message_id for mail in stage.post.accepted}) == len(stage.post.accepted)


def test_a_lesson_made_into_another_kind_keeps_its_key_and_goes_once(stage: Stage) -> None:
    anna = had_two_lessons(stage)
    source = small_course(*PLAIN)
    changed = tuple(lesson(x.key, x.day, LessonKind.PRACTICE) if x.key == "three" else x for x in source.lessons)
    publish(stage.db, type(source)(source.slug, source.title, "en", changed), stage.engine.brand, Rule.FOLLOW,
            stage.clock())  # fmt: skip
    stage.at("2026-03-07 12:00")
    assert list(stage.sent(anna)) == list(PLAIN)


def test_an_edit_while_a_lesson_is_put_off_lets_it_go_first_in_its_new_text(stage: Stage) -> None:
    anna = had_two_lessons(stage)
    stage.post.answer = lambda *_: LATER
    stage.at("2026-03-05 08:01")
    stage.post.answer = lambda *_: TAKEN
    stage.publish("welcome", "one", "two", "new", "three", "four", "completion")
    stage.at("2026-03-06 12:00")
    sent = stage.sent(anna)
    assert (sent["three"], sent["four"]) == ("2026-03-05", "2026-03-06")
    assert stage.rows(anna)["three"].version_id == stage.again(anna).version_id
    assert stage.broken_promises() == []


def test_a_lesson_dropped_while_it_is_put_off_is_passed_over_with_a_record(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    stage.post.answer = lambda *_: LATER
    stage.at("2026-03-05 08:01")
    stage.post.answer = lambda *_: TAKEN
    stage.publish("welcome", "one", "two", "four", "completion")
    stage.at("2026-03-06 12:00")
    sent = stage.sent(anna)
    assert "three" not in sent
    assert (sent["four"], sent["completion"]) == ("2026-03-05", "2026-03-06")
    gone = stage.rows(anna)["three"]
    assert (gone.state, gone.local_date, gone.reason) == ("skipped", None, "the course no longer has this lesson")
    assert [(e.data or {})["lesson"] for e in stage.happened(anna, "passed-over")] == ["three"]
    assert stage.broken_promises() == []


def test_a_lesson_dropped_while_in_doubt_uses_up_its_day(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    stage.post.answer = lambda *_: LOST
    stage.at("2026-03-05 08:01")
    stage.post.answer = lambda *_: TAKEN
    stage.publish("welcome", "one", "two", "four", "completion")
    stage.at("2026-03-06 12:00")
    assert stage.rows(anna)["three"].state == "unknown"
    assert stage.sent(anna)["four"] == "2026-03-06"
    assert stage.broken_promises() == []


@pytest.mark.parametrize("reply", [TAKEN, LATER, LOST, refusal(552, "5.3.4 too big")], ids=lambda r: r.text[:9])
def test_a_lesson_dropped_while_it_is_on_the_wire(stage_on_both: Stage, reply: object) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    stage.jump("2026-03-05 08:00")
    stage.post.answer = lambda *_: reply  # type: ignore[assignment, return-value]
    worker, gate = held_at(stage, "reply")
    stage.publish("welcome", "one", "two", "four", "completion")
    let_go(worker, gate)
    stage.post.answer = lambda *_: TAKEN
    stage.at("2026-03-07 12:00")
    sent = stage.sent(anna)
    assert list(sent)[-1] == "completion"
    assert "four" in sent
    assert len(set(sent.values())) == len(sent)
    assert stage.rows(anna)["three"].state == {
        TAKEN: "sent", LATER: "skipped", LOST: "unknown"}.get(reply, "failed")  # type: ignore[call-overload]  # fmt: skip
    assert stage.broken_promises() == []


def test_a_worker_that_dies_over_a_dropped_lesson_leaves_no_row_hanging(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    stage.jump("2026-03-05 08:00")
    gate = stage.post.gates["dot"] = Gate()
    gate.pass_through = lambda: (_ for _ in ()).throw(Killed)  # type: ignore[assignment]
    with pytest.raises(Killed):
        send_due(stage.engine)
    stage.post.gates.clear()
    stage.publish("welcome", "one", "two", "four", "completion")
    stage.at("2026-03-06 12:00")
    assert stage.rows(anna)["three"].state == "skipped"
    assert stage.sent(anna)["four"] == "2026-03-05"
    assert stage.broken_promises() == []


def test_who_is_paused_over_a_dropped_lesson_resumes_with_the_next_one(stage: Stage) -> None:
    anna = had_two_lessons(stage)
    stage.post.answer = lambda *_: LATER
    stage.at("2026-03-05 08:01")
    stage.do(pace.pause, anna)
    stage.publish("welcome", "one", "two", "four", "completion")
    stage.post.answer = lambda *_: TAKEN
    stage.do(pace.resume, anna)
    stage.at("2026-03-06 12:00")
    assert stage.sent(anna)["four"] == "2026-03-06"
    assert stage.rows(anna)["three"].state == "skipped"


def test_three_edits_while_one_lesson_is_put_off(stage: Stage) -> None:
    anna = had_two_lessons(stage)
    stage.post.answer = lambda *_: LATER
    stage.at("2026-03-05 08:01")
    stage.publish("welcome", "one", "two", "four", "completion", rule=Rule.BACKFILL)
    stage.publish("welcome", "four", "three", "two", "one", "completion", rule=Rule.FOLLOW)
    stage.publish("welcome", "one", "three", "two", "five", "four", "completion", rule=Rule.BACKFILL)
    stage.post.answer = lambda *_: TAKEN
    stage.at("2026-03-09 12:00")
    assert list(stage.sent(anna))[3:] == ["three", "five", "four", "completion"]
    assert len(set(stage.sent(anna).values())) == len(stage.sent(anna))
    assert stage.broken_promises() == []


def test_nobody_gets_a_lesson_twice_though_it_moves_behind_him(stage: Stage) -> None:
    people = [stage.enroll("anna")]
    stage.at("2026-03-03 12:00")
    people.append(stage.enroll("ben"))
    stage.at("2026-03-05 12:00")
    stage.publish("welcome", "four", "three", "two", "one", "completion", rule=Rule.BACKFILL)
    stage.at("2026-03-12 12:00")
    for one in people:
        assert sorted(stage.sent(one)) == sorted(PLAIN)
        assert stage.again(one).state == "finished"
    assert len({mail.message_id for mail in stage.post.accepted}) == len(stage.post.accepted) == 12
    assert stage.broken_promises() == []


def test_an_unchanged_course_is_refused(stage: Stage) -> None:
    with pytest.raises(Refused, match="exactly like this already"):
        stage.publish()
    planned = plan_publication(stage.db, small_course(), stage.engine.brand, Rule.FOLLOW)
    assert planned.unchanged


def test_the_plan_is_what_publishing_then_does(stage: Stage) -> None:
    anna, ben = had_two_lessons(stage), stage.enroll("ben")
    stage.at("2026-03-04 12:01")
    edited = small_course("welcome", "one", "two", "new", "three", "four", "completion")
    planned = plan_publication(stage.db, edited, stage.engine.brand, Rule.FOLLOW)
    assert planned.moves == {("three", "new"): 1, ("one", "one"): 1}
    publish(stage.db, edited, stage.engine.brand, Rule.FOLLOW, stage.clock())
    assert [stage.again(one).next_key for one in (anna, ben)] == ["new", "one"]  # type: ignore[arg-type]


def test_a_course_with_one_unfit_mail_publishes_nothing(stage: Stage) -> None:
    source = small_course(*PLAIN, "extra")
    unfit = type(source.lessons[1])("bad", LessonKind.LESSON, 9, "Subject", body="<script", action=Action("x"))
    bad = type(source)(source.slug, source.title, "en", (*source.lessons, unfit), theme={"accent": "no colour"})
    with stage.db.reading() as tx:
        before = courses.find(tx, "steady")
    with pytest.raises(InputError):
        publish(stage.db, bad, stage.engine.brand, Rule.FOLLOW, stage.clock())
    with stage.db.reading() as tx:
        assert courses.find(tx, "steady") == before
    anna = stage.enroll("anna")
    stage.at(stage.clock() + MINUTE)
    assert stage.sent(anna) == {"welcome": ""}


DROPPED = ("welcome", "one", "two", "four", "completion")  # without three, which is next for who has had two


def dies_after_batches(monkeypatch: pytest.MonkeyPatch, number: int, *, size: int = 2) -> None:
    """Whoever publishes is killed once so many batches of runs have moved."""
    real, done = moving._one_batch, []

    def batch(*args: object) -> object:
        if len(done) == number:
            raise Killed
        done.append(1)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "BATCH", size)
    monkeypatch.setattr(moving, "_one_batch", batch)


def five_had_two_lessons(stage: Stage) -> list[Enrollment]:
    runs = [stage.enroll(name) for name in ("anna", "ben", "chie", "dayo", "elena")]
    stage.at("2026-03-04 12:00")
    return runs


def test_a_publication_that_died_half_way_is_finished_by_publishing_once_more(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    runs = five_had_two_lessons(stage)
    with monkeypatch.context() as patch:
        dies_after_batches(patch, 1)
        with pytest.raises(Killed):
            stage.publish(*DROPPED)
    assert [stage.again(one).next_key for one in runs] == ["four"] * 2 + ["three"] * 3
    planned = plan_publication(stage.db, small_course(*DROPPED), stage.engine.brand, Rule.FOLLOW)
    assert (planned.unchanged, planned.number, planned.moves) == (False, 2, {("three", "four"): 3})
    assert stage.publish(*DROPPED).number == 2
    assert [stage.again(one).next_key for one in runs] == ["four"] * 5
    assert [len(stage.happened(one, "course-changed")) for one in runs] == [1] * 5
    with pytest.raises(Refused, match=r"exactly like this already \(version 2\)"):
        stage.publish(*DROPPED)


def test_who_was_left_behind_by_a_publication_that_died_is_moved_when_he_is_due(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    runs = five_had_two_lessons(stage)
    dies_after_batches(monkeypatch, 0)
    with pytest.raises(Killed):
        stage.publish(*DROPPED)
    stage.at("2026-03-07 12:00")
    for one in runs:
        assert list(stage.sent(one)) == list(DROPPED)
        assert stage.again(one).state == "finished"
        assert len(stage.happened(one, "course-changed")) == 1
    assert stage.broken_promises() == []


def test_who_was_left_behind_and_has_nothing_more_to_get_is_finished_when_he_is_due(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    dies_after_batches(monkeypatch, 0)
    with pytest.raises(Killed):
        stage.publish("welcome", "one", "two")
    stage.at("2026-03-07 12:00")
    found = stage.again(anna)
    assert (found.state, found.next_key, found.due_at, found.lease_until) == ("finished", None, None, None)
    assert list(stage.sent(anna)) == ["welcome", "one", "two"]


def test_a_lesson_on_the_wire_over_a_publication_that_died_is_followed_by_one_of_the_new_version(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    anna = had_two_lessons(stage)
    stage.jump("2026-03-05 08:00")
    worker, gate = held_at(stage, "reply")
    dies_after_batches(monkeypatch, 0)
    with pytest.raises(Killed):
        stage.publish("welcome", "one", "two", "three", "new", "completion")
    let_go(worker, gate)
    assert stage.again(anna).next_key == "new"
    stage.at("2026-03-07 12:00")
    assert list(stage.sent(anna)) == ["welcome", "one", "two", "three", "new", "completion"]
    assert stage.broken_promises() == []


def test_pinning_a_version_first_brings_up_who_an_earlier_publication_left_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = five_had_two_lessons(stage)
    with monkeypatch.context() as patch:
        dies_after_batches(patch, 1)
        with pytest.raises(Killed):
            stage.publish(*DROPPED)
    stage.publish("welcome", "one", "two", "later", rule=Rule.PIN)
    assert [stage.again(one).next_key for one in runs] == ["four"] * 5
    stage.at("2026-03-06 12:00")
    assert [list(stage.sent(one)) for one in runs] == [list(DROPPED)] * 5


def test_who_is_not_moved_by_a_pinned_version_is_not_moved_when_he_is_due_either(stage: Stage) -> None:
    anna = had_two_lessons(stage)
    stage.publish(*DROPPED, rule=Rule.PIN)
    stage.at("2026-03-07 12:00")
    assert list(stage.sent(anna)) == list(PLAIN)


def test_a_newer_version_takes_over_the_runs_that_are_being_moved(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_on_both
    runs = five_had_two_lessons(stage)
    real, done = moving._one_batch, []

    def batch(*args: object) -> object:
        done.append(1)
        if len(done) == 2:  # the first publication has moved two; now somebody publishes again
            stage.publish("welcome", "one", "two", "newest", "completion")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "BATCH", 2)
    monkeypatch.setattr(moving, "_one_batch", batch)
    stage.publish(*DROPPED)
    assert [stage.again(one).next_key for one in runs] == ["newest"] * 5
    assert len({stage.again(one).version_id for one in runs}) == 1


def test_a_plan_names_what_an_edit_changes(stage: Stage) -> None:
    """Lesson two is dropped, five is new, three and four change places, one says something else."""
    edited = small_course("welcome", "one", "four", "three", "five", "completion")
    lessons = [replace(x, body="Other words.") if x.key == "one" else x for x in edited.lessons]
    plan = plan_publication(stage.db, replace(edited, lessons=tuple(lessons)), stage.engine.brand, Rule.FOLLOW)
    assert [edit for edit in plan.edits if " is " in edit] == [
        "five is new",
        "two is not in the course any more",
        "one is changed",
    ]
    assert "four stands after three no more" in plan.edits
    assert plan_publication(stage.db, small_course(), stage.engine.brand, Rule.FOLLOW).edits == ()
