"""Which part of a list is wanted: `start`, `limit`, `filter` and `order`, in all the forms clients send.

A page past the end is empty, never an error. The vendor says that a `start` greater than `limit` counts as 0;
done so, nobody could read a third page, so it is not done.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from unicodedata import combining, normalize

import msgspec

from cuadra.database.conditions import Condition, Operator, Order
from cuadra.dialects.colppy import errors
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.reading import Parameters

LIMIT = 50
LIMIT_MAX = 5000
_START_MAX = 2**31 - 1
_CONDITIONS_MAX = 100
_OPERATORS: dict[str, Operator] = {
    "=": "=", "<>": "<>", "!=": "<>", ">=": ">=", "<=": "<=", ">": ">", "<": "<",
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


class ListField(msgspec.Struct, frozen=True):
    """A field that may be filtered and ordered by: our name of it, and what kind of value it has.

    `codes` leads from what clients write (in lower case) to the value in our rows.
    """

    name: str
    kind: Literal["text", "number", "id", "day", "flag"] = "text"
    codes: Mapping[str, Any] | None = None


class ListWanted(msgspec.Struct, frozen=True):
    """Rows that fulfil all `conditions`, in an order, `limit` of them from `start`."""

    start: int = 0
    limit: int = LIMIT
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()

    def of(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], int]:
        """The wanted ones of rows in memory, by our names of their fields, and how many there are in all."""
        found = [row for row in rows if all(_fulfils(row, one) for one in self.conditions)]
        for one in reversed(self.order):
            found.sort(key=lambda row: _sortable(row[one.name]), reverse=one.descending)
        return found[self.start : self.start + self.limit], len(found)


def wanted_from(call: Call, fields: Mapping[str, ListField]) -> ListWanted:
    """What a list is asked for; filter and order stand among the parameters or beside them. Raises `Failure`."""
    parameters = call.parameters
    return ListWanted(
        start=_count(parameters, "start", 0, _START_MAX),
        limit=_count(parameters, "limit", LIMIT, LIMIT_MAX) or LIMIT,
        conditions=_conditions(_given(call, "filter"), fields),
        order=_order(_given(call, "order"), fields),
    )


def page(rows: Sequence[Any], total: int | None = None) -> dict[str, Any]:
    """The members of the answer of a list; its total is a text."""
    return {"data": list(rows), "total": str(len(rows) if total is None else total)}


def _count(parameters: Parameters, name: str, default: int, most: int) -> int:
    """A whole number from 0; more than the most is the most."""
    number = parameters.integer(name)
    if number is None:
        return default
    if number < 0:
        raise Failure(f"El parámetro {name} no puede ser negativo.")
    return min(number, most)


def _given(call: Call, name: str) -> Parameters:
    """A member that may stand among the parameters or beside them."""
    value = call.parameters.raw.get(name)
    return Parameters({name: call.root.get(name) if value is None else value})


def _conditions(given: Parameters, fields: Mapping[str, ListField]) -> tuple[Condition, ...]:
    """The filter: a list of objects with field, op and value, all three needed."""
    try:
        items = given.items("filter")
    except Failure as error:
        raise Failure(errors.BAD_PARAMETERS) from error
    if len(items) > _CONDITIONS_MAX:
        raise Failure(
            errors.BAD_PARAMETERS, [f"filter admite hasta {_CONDITIONS_MAX} condiciones."]
        )
    return tuple(_condition(item, fields) for item in items)


def _condition(item: Parameters, fields: Mapping[str, ListField]) -> Condition:
    name, operator = item.raw.get("field"), item.raw.get("op")
    if not isinstance(name, str) or not name.strip() or not isinstance(operator, str):
        raise Failure(errors.BAD_PARAMETERS)
    if not isinstance(item.raw.get("value"), str | int | Decimal):
        raise Failure(errors.BAD_PARAMETERS)
    field = _field(name, fields)
    if operator.strip() not in _OPERATORS:
        raise Failure(errors.BAD_PARAMETERS)
    return Condition(field.name, _OPERATORS[operator.strip()], _value(item, field))


def _value(item: Parameters, field: ListField) -> Any:
    """The value of a condition, of the kind of its field. An empty one is a text only."""
    if field.codes is not None:
        text = item.text("value").lower()
        if text not in field.codes:
            raise Failure(errors.BAD_PARAMETERS)
        return field.codes[text]
    readers: dict[str, Callable[[str], Any]] = {
        "text": item.text,
        "number": item.number,
        "id": item.id,
        "day": item.day,
        "flag": item.flag,
    }
    value = readers[field.kind]("value")
    if value is None:
        raise Failure(errors.BAD_PARAMETERS)
    return value


def _order(given: Parameters, fields: Mapping[str, ListField]) -> tuple[Order, ...]:
    """The order: objects with a field and `dir` or `order`, or one object with several fields."""
    value = given.decoded("order")
    if isinstance(value, dict):
        value = [value]
    if value in (None, ""):
        return ()
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Failure(errors.BAD_PARAMETERS)
    wanted: dict[str, Order] = {}
    for order in (order for one in value for order in _order_of(one, fields)):
        wanted.setdefault(order.name, order)  # a field that comes again orders nothing any more
    return tuple(wanted.values())


def _order_of(one: dict[str, Any], fields: Mapping[str, ListField]) -> list[Order]:
    names = one.get("field") or []
    direction = one.get("dir") or one.get("order") or "asc"
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Failure(errors.BAD_PARAMETERS)
    if not isinstance(direction, str) or direction.strip().lower() not in ("asc", "desc"):
        raise Failure(errors.BAD_PARAMETERS)
    descending = direction.strip().lower() == "desc"
    return [Order(_field(name, fields).name, descending) for name in names if name.strip()]


def _field(name: str, fields: Mapping[str, ListField]) -> ListField:
    """A field by the vendor's name, in any case. Raises `Failure`: nothing is ignored in silence."""
    for known, field in fields.items():
        if known.lower() == name.strip().lower():
            return field
    raise Failure(errors.BAD_PARAMETERS, [f"El campo {errors.shown(name)} no existe."])


def _fulfils(row: Mapping[str, Any], condition: Condition) -> bool:
    """Whether a row in memory fulfils a condition; texts as the vendor's database compares them."""
    left, right = folded(row[condition.name]), folded(condition.value)
    if left is None:
        return condition.operator == "<>"
    return _COMPARISONS[condition.operator](left, right)


def folded(value: Any) -> Any:
    """A text without case and accents; anything else as it is."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in normalize("NFKD", value.casefold()) if not combining(c))


def folded_condition(condition: Condition) -> Condition:
    """A condition on a text that is compared without case and accents."""
    return msgspec.structs.replace(condition, value=folded(condition.value))


def _sortable(value: Any) -> tuple[bool, Any]:
    """A value that can be compared with nothing, too."""
    return (value is not None, folded(value))
