"""Conditions and orders that somebody else chose, over columns that we chose.

Whoever lists rows gives a name to every column that may be asked about, as fixed SQL. Names and operators come from these
tables only, values always travel as parameters.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

Operator = Literal["=", "<>", ">=", "<=", ">", "<"]


class Condition(msgspec.Struct, frozen=True):
    """One thing rows must fulfil: `name` of a column, and a value of its kind."""

    name: str
    operator: Operator
    value: Any


class Order(msgspec.Struct, frozen=True):
    """One column rows are ordered by."""

    name: str
    descending: bool = False


def where_from_conditions(
    conditions: Iterable[Condition], columns: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """The conditions as SQL that follows others, each after AND, and its parameters.

    Nothing in a column is less than everything, so that `<>` finds it too.

    >>> where_from_conditions([Condition("name", "<>", "A")], {"name": "t.name"})
    (' AND t.name IS DISTINCT FROM %(condition_0)s', {'condition_0': 'A'})
    """
    text, values = "", {}
    for position, condition in enumerate(conditions):
        parameter = f"condition_{position}"
        operator = "IS DISTINCT FROM" if condition.operator == "<>" else condition.operator
        text += f" AND {columns[condition.name]} {operator} %({parameter})s"
        values[parameter] = condition.value
    return text, values


def order_from_wanted(wanted: Iterable[Order], columns: Mapping[str, str], key: str) -> str:
    """The order as SQL after ORDER BY; `key` comes last, so that pages never overlap.

    >>> order_from_wanted([Order("name", True)], {"name": "t.name"}, "t.id")
    't.name DESC, t.id'
    """
    return ", ".join(
        [*(columns[one.name] + (" DESC" if one.descending else "") for one in wanted), key]
    )


def folded_text(expression: str) -> str:
    """SQL for a text as it is compared: in lower case and without accents.

    >>> folded_text("t.name")
    "regexp_replace(normalize(lower(t.name), NFKD), U&'[\\\\0300-\\\\036F]', '', 'g')"
    """
    return f"regexp_replace(normalize(lower({expression}), NFKD), U&'[\\0300-\\036F]', '', 'g')"
