"""The states that enrollments, deliveries and notices go through, and what each means."""

from __future__ import annotations

from enum import StrEnum


class SubscriberState(StrEnum):
    """Whether we may write to a person at all."""

    PENDING = "pending"  # asked, not confirmed: only the confirm mail may go
    CONFIRMED = "confirmed"


class EnrollmentState(StrEnum):
    """Where a person stands in one run of one course. Only `active` has a due moment."""

    ACTIVE = "active"  # lessons go; `paused_until` may lie ahead
    PAUSED = "paused"  # stopped without a date; `resume` goes on where it was
    FINISHED = "finished"  # had the whole course
    LEFT = "left"  # the subscriber ended it
    CANCELLED = "cancelled"  # an admin ended it
    STOPPED = "stopped"  # we ended it: hard bounce, complaint, suppression
    RESTARTED = "restarted"  # a later run took its place


#: States in which nothing more is ever sent for this run.
ENDED = frozenset(EnrollmentState) - {EnrollmentState.ACTIVE, EnrollmentState.PAUSED}


class DeliveryState(StrEnum):
    """What became of one lesson for one enrollment."""

    SENDING = "sending"  # written before the network is touched; a lease guards it
    RETRY = "retry"  # the server said "later"
    UNKNOWN = "unknown"  # the final dot may have gone out and no reply was read
    SENT = "sent"  # the server accepted it
    FAILED = "failed"  # refused for good, with the reason
    SKIPPED = "skipped"  # passed over on purpose, with the reason
    WITHDRAWN = "withdrawn"  # consent ended after the claim and before MAIL FROM


#: States after which the course goes on to the following lesson.
HANDLED = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED})
