"""The journal of a batch: what it remembers, above all when its process is killed."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.errors import InputError, Refused
from dripcourse.mail.journal import Journal, State, Verdict, abandoned, discard, recall, sweep
from tests.services.asking import ROOT

NOON = datetime(2026, 5, 3, 12, 0, 0, 250_000, tzinfo=UTC)

MARK_FOREVER = """
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from dripcourse.mail.journal import Journal, State
start = datetime(2026, 5, 3, tzinfo=UTC)
journal = Journal.create(Path(sys.argv[1]), "claim", 20_000)
for slot in range(20_000):
    journal.mark(slot, State.IN_DOUBT, start + timedelta(seconds=slot))
    if slot % 3:
        journal.mark(slot, State.ACCEPTED, start + timedelta(seconds=slot))
    if slot == 500:
        print("going", flush=True)
time.sleep(60)
"""


def test_each_slot_remembers_its_own_state_and_moment(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "claim-1", 4)
    journal.mark(1, State.IN_DOUBT, NOON)
    journal.mark(2, State.IN_DOUBT, NOON)
    journal.mark(2, State.ACCEPTED, NOON + timedelta(seconds=1))
    journal.mark(3, State.REFUSED, NOON)
    journal.close()
    assert [recall(tmp_path, "claim-1", slot) for slot in range(4)] == [
        Verdict(State.UNTOUCHED),
        Verdict(State.IN_DOUBT, NOON),
        Verdict(State.ACCEPTED, NOON + timedelta(seconds=1)),
        Verdict(State.REFUSED, NOON),
    ]


def test_what_was_marked_is_there_before_the_journal_is_closed(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "c", 1)
    journal.mark(0, State.ACCEPTED, NOON)
    assert recall(tmp_path, "c", 0).state is State.ACCEPTED
    journal.close()


def test_a_killed_process_leaves_every_mark_it_made(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", MARK_FOREVER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    states = [recall(tmp_path, "claim", slot) for slot in range(20_000)]
    touched = next((i for i, v in enumerate(states) if v.state is State.UNTOUCHED), 20_000)
    assert touched > 500
    assert all(v.state is State.UNTOUCHED for v in states[touched:])
    start = datetime(2026, 5, 3, tzinfo=UTC)
    # the last one touched may be in doubt, as it was; all before it are as they were left
    for slot, verdict in enumerate(states[: touched - 1]):
        expected = State.ACCEPTED if slot % 3 else State.IN_DOUBT
        assert verdict == Verdict(expected, start + timedelta(seconds=slot))


def test_a_journal_that_is_not_there_says_gone(tmp_path: Path) -> None:
    assert recall(tmp_path, "nobody", 0) == Verdict(State.GONE)
    assert recall(tmp_path / "no-folder", "nobody", 0) == Verdict(State.GONE)


def test_a_slot_beyond_the_end_says_gone(tmp_path: Path) -> None:
    Journal.create(tmp_path, "c", 2).close()
    assert recall(tmp_path, "c", 2) == Verdict(State.GONE)


def test_a_damaged_record_is_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"\xff" * 9)
    assert recall(tmp_path, "c", 0).state is State.IN_DOUBT


def test_a_discarded_journal_is_gone(tmp_path: Path) -> None:
    Journal.create(tmp_path, "c", 1).discard()
    assert recall(tmp_path, "c", 0).state is State.GONE
    Journal.create(tmp_path, "d", 1).close()
    discard(tmp_path, "d")
    assert list(tmp_path.iterdir()) == []


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "c", 1)
    journal.mark(0, State.ACCEPTED, NOON)
    with pytest.raises(Refused, match="claim c"):
        Journal.create(tmp_path, "c", 1)
    assert recall(tmp_path, "c", 0).state is State.ACCEPTED
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    journal.close()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "journals", "c", 1)
    assert journal.path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "journals").stat().st_mode & 0o077 == 0
    journal.close()


def test_old_journals_are_swept_and_new_ones_stay(tmp_path: Path) -> None:
    for name, age in (("old", 90), ("new", 10)):
        Journal.create(tmp_path, name, 1).close()
        at = time.time() - age
        os.utime(tmp_path / name, (at, at))
    assert sweep(tmp_path, datetime.now(UTC) - timedelta(seconds=60)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert sweep(tmp_path / "none", NOON) == 0


@pytest.mark.parametrize("claim", ["", "../x", "a/b", ".hidden", "x" * 101, "a\n"])
def test_a_claim_id_cannot_lead_out_of_the_folder(tmp_path: Path, claim: str) -> None:
    with pytest.raises(InputError, match="claim id"):
        Journal.create(tmp_path, claim, 1)
    with pytest.raises(InputError, match="claim id"):
        recall(tmp_path, claim, 0)


def test_marks_outside_the_journal_or_without_a_zone_are_refused(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "c", 2)
    for slot in (-1, 2):
        with pytest.raises(InputError, match="slots 0 to 1"):
            journal.mark(slot, State.ACCEPTED, NOON)
    with pytest.raises(InputError, match="time zone"):
        journal.mark(0, State.ACCEPTED, datetime(2026, 5, 3))
    with pytest.raises(InputError, match="at least one"):
        Journal.create(tmp_path, "d", 0)
    journal.close()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 7), st.sampled_from([State.IN_DOUBT, State.ACCEPTED, State.REFUSED]), st.integers(0, 10**9)
        )
    )
)
def test_the_last_mark_of_a_slot_counts(
    tmp_path_factory: pytest.TempPathFactory, marks: list[tuple[int, State, int]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal.create(folder, "c", 8)
    last = {slot: Verdict(State.UNTOUCHED) for slot in range(8)}
    for slot, state, seconds in marks:
        at = datetime.fromtimestamp(seconds, UTC)
        journal.mark(slot, state, at)
        last[slot] = Verdict(state, at)
    journal.close()
    assert {slot: recall(folder, "c", slot) for slot in range(8)} == last


def fail_with(number: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_journal_takes_its_blocks_when_it_is_made(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, "c", 20_000)
    assert journal.path.stat().st_blocks * 512 >= 20_000 * 9  # a hole would kill its writer on a full disk
    journal.close()


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_on_a_full_disk_there_is_a_clear_refusal_and_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: int
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", fail_with(why))
    with pytest.raises(Refused, match=re.escape(os.strerror(why)) + ".*nothing of this batch is sent"):
        Journal.create(tmp_path, "c", 100)
    assert list(tmp_path.iterdir()) == []
    assert recall(tmp_path, "c", 0).state is State.GONE


@pytest.mark.parametrize("missing", [errno.EOPNOTSUPP, errno.EINVAL, None])
def test_where_blocks_cannot_be_asked_for_zeros_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int | None
) -> None:
    if missing is None:
        monkeypatch.delattr(os, "posix_fallocate")
    else:
        monkeypatch.setattr(os, "posix_fallocate", fail_with(missing))
    journal = Journal.create(tmp_path, "c", 1_000)
    assert journal.path.read_bytes() == bytes(9_000)
    journal.mark(999, State.ACCEPTED, NOON)
    assert recall(tmp_path, "c", 999) == Verdict(State.ACCEPTED, NOON)
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with pytest.raises(Refused, match="nothing of this batch is sent"):
        Journal.create(tmp_path, "d", 1_000)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    journal.close()


def test_a_folder_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "journal"):
        with pytest.raises(Refused, match="no journal can be kept in"):
            Journal.create(folder, "c", 1)


LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def test_a_journal_is_abandoned_when_its_writer_is_done_with_it_and_not_before(tmp_path: Path) -> None:
    assert abandoned(tmp_path / "no folder yet", LONG_AGO) == []
    mine, other = Journal.create(tmp_path, "mine", 2), Journal.create(tmp_path, "other", 2)
    (tmp_path / ".draft.7").touch()
    assert abandoned(tmp_path, LONG_AGO) == []
    mine.close()
    assert abandoned(tmp_path, LONG_AGO) == ["mine"]
    other.discard()
    assert abandoned(tmp_path, LONG_AGO) == ["mine"]
    os.utime(tmp_path / "mine", (0, 0))
    assert abandoned(tmp_path, LONG_AGO) == [], "one from before the lease holds nothing"


def test_a_journal_whose_writer_was_killed_is_abandoned_at_once(tmp_path: Path) -> None:
    writer = "import sys, pathlib, time; from dripcourse.mail.journal import Journal; "
    writer += "one = Journal.create(pathlib.Path(sys.argv[1]), 'killed', 5); print('made', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", writer, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"made\n"
        assert abandoned(tmp_path, LONG_AGO) == []
        process.kill()
        process.wait()
    assert abandoned(tmp_path, LONG_AGO) == ["killed"]
