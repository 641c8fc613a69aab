"""The errors every part of Cuadra may raise.

One base class, so that the command line can print any of them as one clear line instead of a traceback. It never
holds vendor texts: a dialect turns our problems into its vendor's words in its own table.
"""

from collections.abc import Sequence

import msgspec


class CuadraError(Exception):
    """Something a person can put right; the message is one line that says what happened and what to do."""


class SetupError(CuadraError):
    """The program cannot start as it is installed or configured."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with what somebody asked for.

    `code` is one of the words of `PROBLEM_CODES`; `field` the path in our own words
    (`items[0].quantity`); `message` one English sentence; `value` what was sent, where a dialect
    repeats it.
    """

    code: str
    field: str
    message: str
    value: object = None


PROBLEM_CODES = frozenset(
    {
        "required",  # nothing was given
        "empty",  # given, but empty
        "type",  # not of the kind of thing expected
        "value",  # outside what the field accepts
        "amount",  # not a positive amount with few enough decimals
        "range",  # outside its two bounds
        "too_long",  # more characters than allowed
        "format",  # not written the way it must be
        "option",  # not one of the words allowed
        "not_allowed",  # given, where it has no meaning
        "unknown",  # names something that does not exist
        "inactive",  # names something switched off
        "wrong_kind",  # names something of another kind
        "mismatch",  # does not go with the document it corrects
        "setting",  # the voucher type does not allow it
        "product_setting",  # the product does not allow it
        "warehouse_setting",  # the company has no warehouses
        "company_setting",  # the company does not allow it
        "customer_setting",  # the customer lacks something, such as a contact
        "account_setting",  # the account needs it, or does not take it
        "array",  # the members of a list do not go together
        "taxes",  # the taxes of an item do not go together
        "retentions",  # withholdings that cannot be used here
        "date",  # a day that cannot be used
        "date_range",  # ends before it begins
        "locked",  # the period of the date is closed
        "repeated",  # exists already
        "repeated_number",  # a voucher with this number exists already
        "payments",  # do not add up to the total
        "balance",  # debits and credits differ
        "due_balance",  # more than is owed
        "in_use",  # has movements, so it stays
        "not_editable",  # cannot be changed any more
        "not_found",  # the thing the request is about does not exist
        "busy",  # somebody else changed it meanwhile
    }
)


class Rejected(CuadraError):
    """What somebody asked for cannot be recorded. Carries every problem, in documented order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


def required(field: str) -> Problem:
    """The problem of a field that must be given and was not."""
    return Problem("required", field, f"{field} is required")


def unknown(field: str, value: object) -> Problem:
    """The problem of a field that names something that does not exist."""
    return Problem("unknown", field, f"{field} {value} does not exist", value)


def inactive(field: str, value: object) -> Problem:
    """The problem of a field that names something switched off."""
    return Problem("inactive", field, f"{field} {value} is inactive", value)
