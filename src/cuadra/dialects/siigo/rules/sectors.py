"""What freight and health documents carry besides, and gifts. Pure.

The lists of payment methods and coverage plans are wider than either of the vendor's documents, which
disagree; stamping will judge them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import (
    date_text,
    day_from_text,
    fits,
    max_length,
    option,
    required_option,
)
from cuadra.errors import Problem, required

FILE_NUMBER_MAX = 100_000_000_000
HEALTH_AMOUNT_MAX = Decimal("9999999999.99")
COLLECTED = ("copayment", "coinsurance", "cost_sharing", "recovery_charge")
_SHIPMENT = re.compile(r"[\w /,-]*")
_UNITS = {"gll", "kgm"}
_SERVICES = {"additionalservice", "shipment"}
_TAXPAYERS = {"customer", "company"}
_OPERATIONS = {"ss-cufe", "ss-sinaporte", "ss-recaudo"}
_PAYMENT_METHODS = {f"{number:02d}" for number in range(1, 6)}
_PLANS = {f"{number:02d}" for number in range(1, 18)}


def transport_problems(path: str, transport: wire.TransportFields) -> Iterator[Problem]:
    """What is wrong with the load of a freight item; `path` ends in a dot."""
    sent = {name: value for name, value in given_members(transport).items() if value != ""}
    number = sent.get("file_number")
    if number is not None and not 1 <= number <= FILE_NUMBER_MAX:
        bounds = (1, FILE_NUMBER_MAX)
        yield Problem("range", f"{path}file_number", "out of bounds", bounds)
    yield from max_length(f"{path}shipment_number", sent.get("shipment_number"), 15)
    if not _SHIPMENT.fullmatch(sent.get("shipment_number") or ""):
        message = "letters, digits, spaces and - _ / , only"
        yield Problem("value", f"{path}shipment_number", message)
    quantity = sent.get("transported_quantity")
    if quantity is not None and not 0 < quantity <= 99_999_999:
        yield Problem("value", f"{path}transported_quantity", "at most eight digits", quantity)
    yield from option(f"{path}measurement_unit", sent.get("measurement_unit"), _UNITS)
    freight = sent.get("freight_value")
    if freight is not None and not (0 < freight < 10**12 and _is_whole(freight)):
        yield Problem("amount", f"{path}freight_value", "at most twelve digits", freight)
    yield from max_length(f"{path}purchase_order", sent.get("purchase_order"), 50)
    yield from option(f"{path}service_type", sent.get("service_type"), _SERVICES)


def gift_problems(path: str, item: wire.ItemIn) -> Iterator[Problem]:
    """What is wrong with what a gift says of itself; whether it must say it is asked elsewhere."""
    if item.tax_base is not None and not fits(item.tax_base, 2):
        yield Problem("amount", f"{path}tax_base", "at most two decimals", item.tax_base)
    yield from option(f"{path}taxpayer", item.taxpayer, _TAXPAYERS)


def health_problems(path: str, health: wire.HealthFields) -> Iterator[Problem]:
    """What is wrong with the members of the health sector; `path` ends in a dot."""
    sent = given_members(health)
    kind = (sent.get("operation_type") or "").lower()
    yield from required_option(f"{path}operation_type", sent.get("operation_type"), _OPERATIONS)
    if kind not in _OPERATIONS:
        return
    allowed = {"operation_type"}
    if kind != "ss-recaudo":
        allowed |= {"period_start", "period_end", "payment_method", "service_plan"}
        allowed |= {"policy_number", "contract_number"}
        for name in ("period_start", "period_end"):
            yield from date_text(f"{path}{name}", sent.get(name))
            if not sent.get(name):
                yield required(f"{path}{name}")
        start = day_from_text(sent.get("period_start"))
        end = day_from_text(sent.get("period_end"))
        if start and end and end < start:
            yield Problem("date_range", f"{path}period_end", "it ends before it begins")
        yield from option(
            f"{path}payment_method", code_text(sent, "payment_method"), _PAYMENT_METHODS
        )
        yield from option(f"{path}service_plan", code_text(sent, "service_plan"), _PLANS)
        yield from max_length(f"{path}policy_number", sent.get("policy_number"), 50)
        yield from max_length(f"{path}contract_number", sent.get("contract_number"), 50)
    if kind == "ss-cufe":
        allowed |= set(COLLECTED)
        for name in COLLECTED:
            value = sent.get(name)
            if value is not None and not (0 <= value <= HEALTH_AMOUNT_MAX and fits(value, 2)):
                yield Problem("amount", f"{path}{name}", "ten digits and two decimals", value)
        if not any(sent.get(name) is not None for name in COLLECTED):
            yield required(f"{path}copayment")
    for name in sent:
        if name not in allowed:
            yield Problem("not_allowed", f"{path}{name}", "not for this type of operation")


def given_members(body: wire.TransportFields | wire.HealthFields) -> dict[str, Any]:
    """The members that were sent and are not null."""
    members = ((name, getattr(body, name)) for name in body.__struct_fields__)
    return {name: value for name, value in members if value is not UNSET and value is not None}


def code_text(sent: dict[str, Any], name: str) -> str | None:
    """A code of two digits, however it was sent.

    >>> code_text({"a": 4, "b": "04"}, "a"), code_text({"b": "04"}, "b"), code_text({}, "a")
    ('04', '04', None)
    """
    value = sent.get(name)
    return None if value in (None, "") else str(value).zfill(2)


def _is_whole(value: Decimal) -> bool:
    """Whether a number has no decimals."""
    return value == value.to_integral_value()
