"""Odd values for every parameter: an answer of the business in the vendor's envelope, never a failure of ours."""

import json
from collections.abc import Iterator
from typing import Any

from tests.dialects.colppy.client import Colppy

# What no parameter is meant to be; every one of them must be taken or refused.
VALUES: list[Any] = [
    None, True, "", " ", "x", "0", "-1", "1e5", "NaN", "ñ'\"<>%", "9" * 60, "x" * 3000, [], [None], ["x"], [[]],
    {}, {"x": 1}, 0, -1, 1.5, 0.001, 10**60, 2**31, 2**63, "2026-13-01", "31/02/2026", "9999-12-31", "[", "[1]", "{}",
]  # fmt: skip


async def check(colppy: Colppy, provision: str, operacion: str, whole: dict[str, Any]) -> None:
    """Every member with odd values, one at a time, those of rows too."""
    for parameters in changed(whole):
        answer = await colppy.answer(provision, operacion, **parameters)
        told = json.dumps(parameters, default=str)[:500]
        assert answer["result"]["estado"] == 0, (told, answer)
        assert answer["response"]["success"] or answer["response"]["message"], (told, answer)


def changed(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters with one member odd or left out, each in turn."""
    for name, value in whole.items():
        yield {member: one for member, one in whole.items() if member != name}
        for odd in VALUES:
            yield whole | {name: odd}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for row in changed(value[0]):
                yield whole | {name: [row, *value[1:]]}
