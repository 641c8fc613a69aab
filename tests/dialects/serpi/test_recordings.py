"""Every recorded exchange: our types lose nothing of it, and our server answers like the vendor."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.server import OPERATIONS
from tests.dialects.serpi.client import Serpi
from tests.dialects.siigo.recording import (
    Recording,
    differences,
    dump,
    filled,
    load_recordings,
    parse,
)

RECORDINGS = load_recordings(Path(__file__).parent / "recordings")
_encoder = msgspec.json.Encoder(decimal_format="number")
_DOCUMENTS = "/api/v1/DocumentoContable"
# The members of an array that is sent, or the object.
_BODIES: dict[str, Any] = {
    f"POST {_DOCUMENTS}": wire.DocumentIn,
    f"PUT {_DOCUMENTS}": wire.DeleteIn,
    "POST /api/v1/Tercero": wire.ThirdPartyIn,
}
_ROWS: dict[str, Any] = {
    f"GET {_DOCUMENTS}/GetTipoDocumento": wire.DocumentTypeOut,
    "GET /api/v1/Impuesto": wire.TaxOut,
    "GET /api/v1/CentroCosto": wire.CostCentreOut,
    "GET /api/v1/CentroOperacion": wire.OperationCentreOut,
    "GET /api/v1/Sucursales": wire.BranchOut,
    "GET /api/v1/Tercero": wire.ThirdPartyOut,
}
for _path in (
    "",
    "/GetDocumentoContable",
    "/GetDocumentosContables",
    "/GetDocumentos",
    "/Consultar",
):
    _ROWS[f"POST {_DOCUMENTS}{_path}"] = wire.DocumentOut
    _BODIES.setdefault(f"POST {_DOCUMENTS}{_path}", wire.QueryIn)


def names(recordings: list[Recording]) -> list[str]:
    return [recording.name for recording in recordings]


def test_every_operation_is_recorded() -> None:
    accepted = {r.operation for r in RECORDINGS if r.response["status"].startswith("2")}
    all_of_them = {f"{operation.method} {operation.path}" for operation in OPERATIONS}
    assert all_of_them - accepted == {f"GET {_DOCUMENTS}"}  # refused unless a company allows it


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_a_recording_says_where_it_is_from(recording: Recording) -> None:
    assert recording.evidence in ("doc", "obs", "used", "inf")
    assert recording.source
    assert recording.date


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
async def test_the_server_answers_as_recorded(serpi: Serpi, recording: Recording) -> None:
    known: dict[str, Any] = {}
    for number, step in enumerate(recording.setup):
        answer = await send(serpi, filled(step, known))
        assert str(answer.status_code) == step.get("status", "201"), answer.text
        known[step.get("name", f"step{number}")] = parse(answer.content)
    answer = await send(serpi, filled(recording.request, known))
    assert differences(recording.response["body"], parse(answer.content)) == []
    assert str(answer.status_code) == recording.response["status"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"]


async def send(serpi: Serpi, request: dict[str, Any]) -> Any:
    raw = request["text"].encode() if "text" in request else None
    if "body" in request:
        raw = dump(request["body"])
    headers = request.get("headers", {})
    return await serpi.call(request["method"], request["path"], raw=raw, headers=headers)


@pytest.mark.parametrize("recording", RECORDINGS, ids=names(RECORDINGS))
def test_our_types_lose_nothing(recording: Recording) -> None:
    body = recording.request.get("body")
    if recording.evidence == "doc" and recording.response["status"].startswith("2") and body:
        is_query = isinstance(body, dict) and "tiposDocumentos" in body
        body_type = wire.QueryIn if is_query else _BODIES[recording.operation]
        again_type = list[body_type] if isinstance(body, list) else body_type
        assert given(again(again_type, body)) == given(body)
    for answer in (recording.response["body"], recording.printed):
        if answer is not None:
            assert again_answer(recording, answer) == answer


def again_answer(recording: Recording, answer: Any) -> Any:
    """An answer decoded with our types and encoded again."""
    envelope = again(wire.Envelope, answer)
    if envelope.get("result"):
        envelope["result"] = again(list[_ROWS[recording.operation]], answer["result"])
    return envelope


def given(value: Any) -> Any:
    """A request without what is null, which may be left out as well."""
    if isinstance(value, dict):
        return {name: given(member) for name, member in value.items() if member is not None}
    return [given(member) for member in value] if isinstance(value, list) else value


def again(body_type: Any, body: Any) -> Any:
    """A body decoded with one of our types and encoded again."""
    return parse(_encoder.encode(msgspec.json.decode(dump(body), type=body_type)))
