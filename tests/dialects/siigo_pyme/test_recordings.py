"""Every recorded exchange: our types lose nothing of it, and our server answers like the vendor."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cuadra.dialects.siigo_pyme import wire
from cuadra.dialects.siigo_pyme.envelope import RESOURCES
from cuadra.dialects.siigo_pyme.server import OPERATIONS
from tests.dialects.siigo.recording import Recording, differences, dump, load_recordings, parse
from tests.dialects.siigo_pyme.client import BALANCES, Pyme

RECORDINGS = load_recordings(Path(__file__).parent / "recordings")
ON_THE_DEMO = [recording for recording in RECORDINGS if recording.company is None]
_ROWS: dict[str, Any] = {f"import {BALANCES}": wire.BalanceOut}


def names(recordings: list[Recording]) -> list[str]:
    return [recording.name for recording in recordings]


def test_every_operation_is_recorded() -> None:
    accepted = {r.operation for r in RECORDINGS if r.response["status"] == "200"}
    assert {f"{one.execution_type} {one.resource}" for one in OPERATIONS} <= accepted


def test_every_resource_is_served() -> None:
    served = {(one.execution_type, one.resource) for one in OPERATIONS}
    known = {(kind, resource) for resource, kinds in RESOURCES.items() for kind in kinds}
    assert served == known


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_a_recording_says_where_it_is_from(recording: Recording) -> None:
    assert recording.evidence in ("doc", "obs", "used", "inf")
    assert recording.source
    assert recording.date


@pytest.mark.parametrize("recording", ON_THE_DEMO, ids=names(ON_THE_DEMO))
async def test_the_server_answers_as_recorded(pyme: Pyme, recording: Recording) -> None:
    await check_recording(pyme, recording)


async def check_recording(pyme: Pyme, recording: Recording) -> None:
    """Send what was sent, and compare every byte that can be."""
    request = recording.request
    raw = dump(request["body"]) if "body" in request else request.get("text", "").encode()
    answer = await pyme.send(
        raw=raw,
        method=request["method"],
        path=request["path"],
        headers=request.get("headers", {}),
    )
    assert differences(recording.response["body"], parse(answer.content)) == []
    assert str(answer.status_code) == recording.response["status"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_our_types_lose_nothing(recording: Recording) -> None:
    for answer in (recording.response["body"], recording.printed):
        if answer is not None:
            assert again(answer_type(recording, answer), answer) == answer
    rows = _ROWS.get(recording.operation)
    for answer in (recording.response["body"], recording.printed):
        for row in (answer or {}).get("data", []) if rows else []:
            assert again(rows, row) == row


def answer_type(recording: Recording, answer: dict[str, Any]) -> Any:
    """The type of an answer: an export's, an import's, or a refusal's."""
    if "status" not in answer:
        return wire.ExportOut
    return wire.ImportOut if answer["status"] == "success" else wire.ImportRefusedOut


def again(body_type: Any, body: Any) -> Any:
    """A body decoded with one of our types and encoded again."""
    return parse(msgspec.json.encode(msgspec.json.decode(dump(body), type=body_type)))
