"""Every recorded exchange: our server answers like the vendor.

A request is the `body` of POST, or a `text`; `$key` in it is the key of the client's session, `$step.data.idCliente` what
the `response` of a setup step says.
"""

from pathlib import Path
from typing import Any

import pytest

from cuadra.dialects.colppy.server import OPERATIONS
from tests.dialects.colppy.client import PATH, Colppy
from tests.dialects.siigo.recording import (
    Recording,
    differences,
    dump,
    filled,
    load_recordings,
    parse,
)

RECORDINGS = load_recordings(Path(__file__).parent / "recordings")
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET,PUT,POST,DELETE,HEAD,OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization, X-Authorization,X-Requested-With",
}


def names(recordings: list[Recording]) -> list[str]:
    return [recording.name for recording in recordings]


def test_every_operation_is_recorded() -> None:
    accepted = {
        r.operation for r in RECORDINGS if (r.response["body"].get("response") or {}).get("success")
    }
    assert {f"{one.provision}/{one.operacion}" for one in OPERATIONS} - accepted == set()


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_a_recording_says_where_it_is_from(recording: Recording) -> None:
    assert recording.evidence in ("doc", "obs", "used", "inf")
    assert recording.source
    assert recording.date


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
async def test_the_server_answers_as_recorded(colppy: Colppy, recording: Recording) -> None:
    known: dict[str, Any] = {"key": colppy.key}
    for number, step in enumerate(recording.setup):
        answer = parse((await send(colppy, filled(step, known))).content)
        assert answer["response"]["success"] is True, answer
        known[step.get("name", f"step{number}")] = answer["response"]
    answer = await send(colppy, filled(recording.request, known))
    assert differences(filled(recording.response["body"], known), parse(answer.content)) == []
    assert str(answer.status_code) == recording.response["status"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.content.isascii()
    assert {name: answer.headers[name] for name in CORS} == CORS


async def send(colppy: Colppy, request: dict[str, Any]) -> Any:
    raw = request["text"].encode() if "text" in request else dump(request["body"])
    return await colppy.call(
        raw,
        method=request.get("method", "POST"),
        path=request.get("path", PATH),
        headers=request.get("headers"),
    )
