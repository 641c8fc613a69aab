"""How every write goes: the problems of the request and of the books together, or the recorded draft."""

import msgspec

from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.errors import failure
from cuadra.errors import Problem, Rejected
from cuadra.trade.recording import Draft, Recorded, Submission, check, find_recorded


async def record_or_fail(
    call: Call, draft: Draft, problems: list[Problem], body: type[msgspec.Struct] | None
) -> Recorded:
    """Record the draft. Raises `Failure` with all problems in the order of `body`.

    A request that is wrong in itself is still checked against the books, so that its author learns
    everything at once; nothing is written then. What it adds up to is told only when nothing else is
    wrong. A key that stands for a document already answers with it, whatever the body says now.
    """
    if problems:
        if call.key and (earlier := await find_recorded(call.database, call.credential, call.key)):
            return earlier
        known = await check(call.database, call.credential, draft, call.now)
        if known and known[0].code == "not_found":
            raise failure(known)
        known = [problem for problem in known if not _is_about_sums(problem)]
        raise failure([*problems, *known], body)
    submission = Submission(
        draft=draft, origin=call.origin, key=call.key, credential=call.credential
    )
    try:
        return await call.groups.record(call.company, submission)
    except Rejected as rejected:
        raise failure(rejected.problems, body) from rejected


def _is_about_sums(problem: Problem) -> bool:
    """Whether a problem is about what the parts of a document add up to."""
    return problem.code in ("payments", "balance", "due_balance") or problem.field == "total"
