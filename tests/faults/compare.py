"""Whether an answer still says what was acknowledged, digit for digit. Pure."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

# What may change after a resource was acknowledged, and is checked against everything that changed it.
CHANGING = {
    "/v1/invoices": frozenset({"balance"}),
    "/v1/products": frozenset({"available_quantity", "warehouses"}),
}
NUMBERED_BY_CLIENTS = 3  # the voucher type of `company.yaml` that may have gaps


def exact(body: bytes) -> Any:
    """The value of a body; numbers keep the digits they are written with.

    >>> exact(b'{"a": 1.50}')
    {'a': Decimal('1.50')}
    """
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)


def difference(path: str, acknowledged: bytes, found: bytes) -> str:
    """What another answer says otherwise than the acknowledged one; empty when nothing.

    The order of members and the digits of numbers count.

    >>> difference("/v1/invoices", b'{"id": "a", "total": 1.5}', b'{"id": "a", "total": 1.50}')
    "acknowledged total Decimal('1.5'), found Decimal('1.50')"
    """
    path = "/".join(path.split("/")[:3])
    before, after = exact(acknowledged), exact(found)
    changing = CHANGING.get(path, frozenset())
    for name in (*before, *(name for name in after if name not in before)):
        if name in changing:
            continue
        told, is_now = repr(before.get(name)), repr(after.get(name))
        if told != is_now:
            return f"acknowledged {name} {told}, found {is_now}"
    if list(before) != list(after):
        return f"acknowledged members {list(before)}, found {list(after)}"
    return ""


def gaps(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the numbers of a list, newest first, do not follow each other.

    >>> gaps({"document": {"id": 1}, "number": number} for number in (704, 703, 701))
    ['type 1: 701 is followed by 703']
    """
    numbers: dict[int, list[int]] = {}
    for document in documents:
        numbers.setdefault(int(document["document"]["id"]), []).append(int(document["number"]))
    return [
        f"type {kind}: {older} is followed by {newer}"
        for kind, given in numbers.items()
        if kind != NUMBERED_BY_CLIENTS
        for newer, older in pairwise(given)
        if newer != older + 1
    ]
