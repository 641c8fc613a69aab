"""The body of a request: read up to its limit, and decoded into a wire type.

Some clients send the text of a Python dictionary, which the vendor's lenient parser takes; ours takes it
where a company's setting says so.
"""

import ast
import io
import re
from tokenize import STRING, TokenError, generate_tokens
from typing import Any

import msgspec
from starlette.requests import Request

from cuadra.dialects.siigo.errors import simple_failure, wrong_type
from cuadra.dialects.siigo.rules.base import unusable_value

BODY_BYTES_MAX = 1024 * 1024


async def read_body(request: Request) -> bytes:
    """The body, at most 1 MB of it. Raises `Failure` 413 beyond."""
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            message = f"The body only allows a maximum length of {BODY_BYTES_MAX} bytes"
            raise simple_failure(413, "values_limit", message)
        chunks.append(chunk)
    if size and request.method in ("POST", "PUT") and not _is_json(request):
        message = "Unsupported media type, application/json in UTF-8 is expected"
        raise simple_failure(415, "invalid_type", message, detail=False)
    return b"".join(chunks)


def _is_json(request: Request) -> bool:
    """Whether the body is said to be JSON in UTF-8; nothing said is taken for yes."""
    media = request.headers.get("content-type", "application/json").lower()
    charset = re.search(r"charset=\"?([\w-]+)", media)
    return "json" in media and (charset is None or charset[1] in ("utf-8", "utf8"))


def json_from_python(text: str) -> str:
    """The JSON that a Python dictionary's text stands for; numbers stay as they are written.

    >>> json_from_python("{'a': True, 'b': [None, 1.10]}")
    '{"a":true,"b":[null,1.10]}'
    """
    words = {"True": "true", "False": "false", "None": "null"}
    written = []
    for token in generate_tokens(io.StringIO(text).readline):
        if token.type == STRING:
            written.append(msgspec.json.encode(ast.literal_eval(token.string)).decode())
        else:
            written.append(words.get(token.string, token.string))
    return "".join(written).strip()


def decode_body(raw: bytes, decoder: msgspec.json.Decoder[Any], pseudo_json: bool = False) -> Any:
    """The request in a body. Raises `Failure` for what is not JSON, or holds a value of a wrong type.

    With `pseudo_json` what is no JSON may still be a Python dictionary's text.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf") or b"{}"
    try:
        try:
            body = decoder.decode(text)
        except msgspec.DecodeError as error:
            if isinstance(error, msgspec.ValidationError) or not pseudo_json:
                raise
            body = decoder.decode(json_from_python(text.decode()))
        unusable = unusable_value(body)
    except msgspec.ValidationError as error:
        path = re.search(r"`\$\.?([^`]*)`", str(error))
        if path is None:  # the body itself
            raise simple_failure(400, "invalid_type", "Invalid data type: body") from error
        raise wrong_type(path[1]) from error
    except (msgspec.DecodeError, RecursionError, ValueError, SyntaxError, TokenError) as error:
        message = "The body is not a valid JSON"
        raise simple_failure(400, "invalid_type", message) from error
    if unusable is not None:
        raise wrong_type(unusable)
    return body
