"""How often somebody may call: so many requests in any stretch of so much time, over all processes.

The times of the latest requests are kept, so the limit slides and the wait that is told is exact. Requests that were
turned away do not count.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from cuadra.database.pool import Database

Limit = tuple[int, timedelta]  # so many requests in so much time


def delay_from_times(times: Sequence[datetime], limits: Sequence[Limit], now: datetime) -> int:
    """How many seconds must pass before a request may come; 0 when it may now.

    >>> start = datetime(2026, 1, 1)
    >>> delay_from_times([start, start + timedelta(seconds=9)], [(2, timedelta(minutes=1))], start + timedelta(seconds=10))
    50
    """
    waits = [0.0]
    for count, span in limits:
        inside = [time for time in times if time > now - span]
        if len(inside) >= count:
            waits.append((sorted(inside)[-count] + span - now).total_seconds())
    return ceil(max(waits))


async def note_request(
    database: Database, caller: str, limits: Sequence[Limit], now: datetime
) -> int:
    """Count a request of a caller, unless there were too many; then how many seconds to wait, else 0."""
    most = max(count for count, _ in limits)
    async with database.control() as transaction:
        await transaction.execute(
            "INSERT INTO control.request_times (caller, times) VALUES (%(caller)s, '{}')"
            " ON CONFLICT DO NOTHING",
            caller=caller,
        )
        row = await transaction.row(
            "SELECT times FROM control.request_times WHERE caller = %(caller)s FOR UPDATE",
            caller=caller,
        )
        assert row is not None
        delay = delay_from_times(row[0], limits, now)
        if not delay:
            await transaction.execute(
                "UPDATE control.request_times SET times = %(times)s WHERE caller = %(caller)s",
                caller=caller,
                times=[*row[0], now][-most:],
            )
    return delay
