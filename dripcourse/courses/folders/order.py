"""In which order the lessons stand after an import, where the author has added, taken out or moved some."""

from __future__ import annotations

from collections.abc import Sequence


def final_order(standing: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[str] | None:
    """All keys in their new order; None where the author and the article both moved lessons.

    `standing` are the keys of the files as they stand, `before` those of the last import, `after` those of this one.
    What the author took out stays out. What he added stays behind the lesson it stands behind.
    """
    here, imported = set(standing), set(before)
    if [key for key in standing if key in imported] != [key for key in before if key in here]:
        return list(standing) if list(before) == list(after) else None
    order = [key for key in after if key in here or key not in imported]
    for at, key in enumerate(standing):
        if key not in imported:
            above = next((other for other in reversed(standing[:at]) if other in order), None)
            order.insert(order.index(above) + 1 if above else 0, key)
    return order
