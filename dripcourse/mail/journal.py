"""What became of each mail of a claimed batch, in a file that outlives a killed process; not a record for the long run.

One record of nine bytes a mail in a memory-mapped file: a state byte and the moment as seconds since 1970. The
kernel keeps what was written when the process dies, so nothing is flushed. It does not outlive the machine; a
journal that is gone says nothing, and its batch is in doubt.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

from dripcourse.errors import InputError, Refused

_RECORD = struct.Struct("<Bd")
_MOMENT = struct.Struct("<d")
_CANNOT_ALLOCATE = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_CLAIM = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")


class State(IntEnum):
    """How far a mail got. The numbers are what stands in the file."""

    GONE = -1  # there is no journal: another machine's, or swept
    UNTOUCHED = 0
    IN_DOUBT = 1  # its final dot may have gone out
    ACCEPTED = 2
    REFUSED = 3


@dataclass(frozen=True)
class Verdict:
    """What the journal says of one mail; `at` is when it said so, None where nothing happened yet."""

    state: State
    at: datetime | None = None


class Journal:
    """The open journal of one batch. Slots may be marked from several threads, each slot from one."""

    def __init__(self, path: Path, size: int, memory: mmap.mmap) -> None:
        self.path = path
        self.size = size
        self._memory = memory  # it keeps the file open, and so the lock that says that the writer lives

    @classmethod
    def create(cls, folder: Path, claim_id: str, size: int) -> Journal:
        """A new journal for `size` mails, all untouched.

        Raises Refused where this claim has one already, or where there is no room for it: then nothing may be sent.
        """
        if size < 1:
            raise InputError("a journal needs at least one slot")
        path = _path(folder, claim_id)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls(path, size, _made(path, size * _RECORD.size))
        except OSError as problem:
            raise Refused(
                f"no journal can be kept in {folder}: {problem.strerror or problem}; nothing of this batch is sent: "
                "make room there or set state_dir to another folder"
            ) from problem

    def mark(self, slot: int, state: State, at: datetime) -> None:
        """Note what became of mail `slot` (from 0) at that moment, an aware datetime."""
        if not 0 <= slot < self.size or state is State.GONE:
            raise InputError(f"the journal has slots 0 to {self.size - 1} and no state {state.name} for slot {slot}")
        start = slot * _RECORD.size
        # The state comes last: whoever finds it finds its moment, too.
        self._memory[start + 1 : start + _RECORD.size] = _MOMENT.pack(_seconds(at))
        self._memory[start] = state.value

    def close(self) -> None:
        """Stop writing; the file stays, and says that its writer is gone."""
        self._memory.close()

    def discard(self) -> None:
        """Stop writing and remove the file: its batch is settled."""
        self.close()
        self.path.unlink(missing_ok=True)


def _made(path: Path, size: int) -> mmap.mmap:
    """The new file in memory, locked. Raises Refused where it is there already, OSError where the disk has no room."""
    # Made whole and locked under another name: a journal is there with its full size and its writer, or not at all.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        with draft.open("r+b") as file:
            _allocate(file, size)
            fcntl.flock(file, fcntl.LOCK_EX)
            memory = mmap.mmap(file.fileno(), size)  # on a copy of the descriptor: the lock stays when this one closes
        os.link(draft, path)
    except FileExistsError:
        raise Refused(f"claim {path.name} has a journal already; recall it first, then discard it") from None
    finally:
        draft.unlink(missing_ok=True)
    return memory


def _allocate(file: BinaryIO, size: int) -> None:
    """Takes the blocks now. A write into a hole of a mapped file on a full disk would kill the process (SIGBUS)."""
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except (AttributeError, OSError) as problem:  # macOS has none, some file systems do not know how
        if isinstance(problem, OSError) and problem.errno not in _CANNOT_ALLOCATE:
            raise
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())


def recall(folder: Path, claim_id: str, slot: int) -> Verdict:
    """What the journal of this claim says of one mail. A damaged record is in doubt, a missing one GONE."""
    try:
        with _path(folder, claim_id).open("rb") as file:
            file.seek(slot * _RECORD.size)
            record = file.read(_RECORD.size)
    except FileNotFoundError:
        return Verdict(State.GONE)
    if len(record) < _RECORD.size:
        return Verdict(State.GONE)
    state, seconds = _RECORD.unpack(record)
    if state == State.UNTOUCHED:
        return Verdict(State.UNTOUCHED)
    known = State(state) if state in (State.IN_DOUBT, State.ACCEPTED, State.REFUSED) else State.IN_DOUBT
    return Verdict(known, _moment(seconds))


def abandoned(folder: Path, since: datetime) -> list[str]:
    """The claims of journals made since then whose writer is gone: killed, or done but for what it could not settle."""
    return [path.name for path in sorted(folder.glob("[!.]*")) if _is_abandoned(path, _seconds(since))]


def _is_abandoned(path: Path, since: float) -> bool:
    """The kernel ends a lock with its process, however that ended."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime < since:
                return False
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # locked, or removed at this moment
        return False
    return True


def discard(folder: Path, claim_id: str) -> None:
    """Remove the journal of a claim that was settled by somebody else than its writer."""
    _path(folder, claim_id).unlink(missing_ok=True)


def sweep(folder: Path, older_than: datetime) -> int:
    """Remove journals last changed before that moment; how many there were."""
    limit = _seconds(older_than)
    old = [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _path(folder: Path, claim_id: str) -> Path:
    if _CLAIM.match(claim_id) is None:
        raise InputError(f"{claim_id[:80]!r} is not a claim id: 1 to 100 of the characters A-Z a-z 0-9 _ -")
    return folder / claim_id


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        raise InputError("a journal takes moments with a time zone only")
    return at.timestamp()


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
