"""Numbers that are HTTP's statuses: of a refusal, of parts, and which numbers may be ids. Pure."""

from __future__ import annotations

from collections.abc import Collection

REFUSED = range(400, 600)
OF_PARTS = frozenset({206, 207})  # a part of it; a status for each
_COMMON = frozenset(
    {200, 201, 202, 204, 207, 208, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413}
    | {415, 417, 418, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 507}
)


def is_bad_status(value: object) -> bool:
    """Whether a number is an HTTP status of a refusal."""
    return isinstance(value, int) and not isinstance(value, bool) and value in REFUSED


def are_statuses(values: Collection[object]) -> bool:
    """Whether these are HTTP's statuses, and no ids: common ones, a success or two alike."""
    numbers = [value for value in values if isinstance(value, int)]
    if not numbers or len(numbers) < len(values) or not set(numbers) <= _COMMON:
        return False
    return len(numbers) == 1 or min(numbers) < 300 or len({*numbers}) < len(numbers)
