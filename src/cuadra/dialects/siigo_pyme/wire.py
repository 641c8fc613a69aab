"""What travels: the envelope of the one call, its answers, and the rows of balances.

The envelope is cut into its members without decoding them, because a list may be very long; what is wrong
with a member is then told by its own name.
"""

from typing import Any

import msgspec

ABSENT = msgspec.Raw(b"null")


class EnvelopeIn(msgspec.Struct):
    """The body of every request. An import has `params`, an export `data`."""

    id_connection: msgspec.Raw = ABSENT
    execution_type: msgspec.Raw = ABSENT
    resource: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT
    data: msgspec.Raw = ABSENT
    request_config: msgspec.Raw = ABSENT


class DataIn(msgspec.Struct):
    """What an export writes: rows, and how."""

    params: msgspec.Raw = ABSENT
    list: msgspec.Raw = ABSENT


class RowIn(msgspec.Struct, gc=False):
    """Any object at all."""


class ImportRefusedOut(msgspec.Struct):
    """The refusal of an import, and of whatever is not known to be an export."""

    statusCode: int  # noqa: N815 - the vendor's
    status: str
    message: str


class RowErrorOut(msgspec.Struct):
    """One of the `errors` of an export."""

    row: int | None
    sequence: int | None
    field: str
    code: str
    message: str


class ExportOut(msgspec.Struct, omit_defaults=True):
    """The answer to an export. `warnings` is ours, and there only when there are any."""

    statusCode: int  # noqa: N815
    message: str
    errors: list[RowErrorOut] | None
    warnings: list[RowErrorOut] = []


class ImportOut(msgspec.Struct):
    """The answer to an import."""

    statusCode: int  # noqa: N815
    status: str
    data: list[Any]


class BalanceOut(msgspec.Struct):
    """A row of `accounts_receivable_or_payable_balances`: numbers, but for the letter."""

    identification: int
    branch: int
    account: int
    voucher_type: str
    voucher_code: int
    document_number: int
    expiration: int
    due_date: int
    currency: int
    cost_center: int
    sub_cost_center: int
    balance: int | float
    foreign_currency: int | float
    salesperson: int
    city: int
    zone: int
    document_date: int
