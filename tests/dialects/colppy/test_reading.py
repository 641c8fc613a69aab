"""The reader of parameters and of lists: every form clients send, and nothing else."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuadra.database.conditions import Condition, Order
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, ListWanted, wanted_from
from cuadra.dialects.colppy.reading import ID_MAX, Parameters, day_from_text

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
READERS = ("text", "number", "integer", "id", "flag", "day", "items", "object")


def one(value: Any) -> Parameters:
    """Parameters with one member."""
    return Parameters({"a": value}, "cobros[1].")


@settings(deadline=None)
@given(value=ANY_JSON, reader=st.sampled_from(READERS))
def test_whatever_is_sent_is_read_or_refused(value: Any, reader: str) -> None:
    message = "cobros[1].a"
    try:
        getattr(one(value), reader)("a")
    except Failure as failure:
        message = failure.message
    assert "cobros[1].a" in message
    assert len(message) < 200


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_are_read_in_every_form(day: date) -> None:
    forms = (
        f"{day:%d-%m-%Y}",
        f"{day.day}-{day.month}-{day:%Y}",
        f"{day:%d/%m/%Y}",
        f" {day.day}/{day.month}/{day:%Y} ",
        day.isoformat(),
    )
    assert {one(text).day("a") for text in forms} == {day}


@pytest.mark.parametrize(
    "text",
    [
        "31-02-2024", "2023-02-29", "00-01-2024", "1-13-2024", "01-01-24", "2024-1-5", "2024/01/05",
        "20240105", "01.01.2024", "01-01/2024", "1/1-2024", "2024-01-05 00:00:00", "hoy", "0000-00-01",
        "01-01-0001", "01-01-9999", "٠١-٠١-٢٠٢٤", "-01-01-2024", "1e3", "0000",
    ],
)  # fmt: skip
def test_nonsense_is_no_day(text: str) -> None:
    assert day_from_text(text) is None
    with pytest.raises(Failure, match=r"La fecha cobros\[1\]\.a no es válida: "):
        one(text).day("a")


@pytest.mark.parametrize("value", [None, "", "  ", "0000-00-00", "00-00-0000", "00/00/0000"])
def test_no_day_is_no_day(value: Any) -> None:
    assert one(value).day("a") is None
    with pytest.raises(Failure, match="obligatorio"):
        one(value).day("a", required=True)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, "0"), (148.83, None), (Decimal("148.83"), "148.83"), ("0.00", "0.00"), (" 7 ", "7"), ("-5.5", "-5.5"),
        ("+1", "1"), ("007", "7"), (Decimal("1E+3"), "1000"), (10**14, "1E+14"), ("999999999999999", "999999999999999"),
    ],
)  # fmt: skip
def test_numbers(value: Any, number: str | None) -> None:
    if number is None:
        with pytest.raises(Failure):
            one(value).number("a")
    else:
        assert one(value).number("a") == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [
        "1,5", "1.234,56", "1.", ".5", "1e5", "$5", "5 5", "NaN", "Infinity", "١", "0x10", "--1",
        10**16, Decimal("1E+400"), Decimal("1E-400"), Decimal("NaN"), True, False, [], {}, [1],
    ],
)  # fmt: skip
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(Failure, match=r"cobros\[1\]\.a debe ser un número"):
        one(value).number("a")


@pytest.mark.parametrize(("value", "found"), [("98", 98), (98, 98), ("", None), (None, None), (" 7 ", 7), ("007", 7), (ID_MAX, ID_MAX)])  # fmt: skip
def test_ids(value: Any, found: int | None) -> None:
    assert one(value).id("a") == found


@pytest.mark.parametrize("value", ["x", "9.0", "-1", -1, ID_MAX + 1, 10**30, "1" * 400, True, [], {}, Decimal("1.5")])  # fmt: skip
def test_what_is_no_id(value: Any) -> None:
    with pytest.raises(Failure, match="no es un id válido"):
        one(value).id("a")


def test_lists_of_objects_also_as_text() -> None:
    for value in ([{"b": 1}, {"b": "2"}], '[{"b":1},{"b":"2"}]', ' [{"b":1.0},{"b":"2"}] '):
        items = one(value).items("a")
        assert [item.number("b") for item in items] == [1, 2]
        with pytest.raises(Failure, match=r"cobros\[1\]\.a\[2\]\.c es obligatorio"):
            items[1].text("c", required=True)
    assert [one(value).items("a") for value in (None, "", "[]", [], {}, " ")] == [[]] * 6
    for wrong in ("[", "x", [1], [[]], {"b": 1}, "[1]", 5, True, '["\\u0000"]', "[" * 5000):
        with pytest.raises(Failure):
            one(wrong).items("a")


def test_texts() -> None:
    assert one(" á ").text("a", size=1) == "á"
    assert one(12).text("a") == "12"
    assert one(Decimal("1.50")).text("a") == "1.50"
    for wrong in (True, [], {}):
        with pytest.raises(Failure, match="debe ser un texto"):
            one(wrong).text("a")
    with pytest.raises(Failure, match="admite hasta 2 caracteres"):
        one("abc").text("a", size=2)


FIELDS = {
    "RazonSocial": ListField("name"),
    "idCliente": ListField("id", "id"),
    "Saldo": ListField("balance", "number"),
    "fechaFactura": ListField("day", "day"),
    "Activo": ListField("active", codes={"1": True, "0": False}),
}
ROWS = [
    {"name": name, "id": i, "balance": Decimal(balance), "day": date(2026, 1, i), "active": i != 2}
    for i, (name, balance) in enumerate((("Árbol", 5), ("beta", 7), ("Alfa", 5)), 1)
]


class FakeCall:
    """What lists read of a call."""

    def __init__(self, parameters: dict[str, Any], root: dict[str, Any]) -> None:
        self.parameters = Parameters(parameters)
        self.root = root


def wanted(root: dict[str, Any] | None = None, **parameters: Any) -> ListWanted:
    """What a list is asked for."""
    return wanted_from(cast(Call, FakeCall(parameters, root or {})), FIELDS)


def ids(found: ListWanted) -> list[int]:
    """The rows that are found."""
    rows, _ = found.of(ROWS)
    return [row["id"] for row in rows]


def test_start_and_limit() -> None:
    assert (wanted().start, wanted().limit) == (0, 50)
    for empty in ("", None, 0, "0"):
        assert (wanted(start=empty, limit=empty).start, wanted(limit=empty).limit) == (0, 50)
    assert (wanted(start="100", limit=10).start, wanted(limit="99999").limit) == (100, 5000)
    assert ids(wanted(start=2, limit=1)) == [3]
    assert ids(wanted(start=3)) == []
    assert wanted(start=10**14).start == 2**31 - 1
    for wrong in (-1, "x", 1.5, [], {}, True):
        for name in ("start", "limit"):
            with pytest.raises(Failure):
                wanted(**{name: wrong})


def test_filters() -> None:
    condition = {"field": "razonsocial", "op": "=", "value": "ALFA"}
    assert wanted(filter=[condition]).conditions == (Condition("name", "=", "ALFA"),)
    assert ids(wanted(filter=[condition])) == [3]
    assert ids(wanted({"filter": [condition]})) == [3]
    assert ids(wanted(filter='[{"field":"Saldo","op":">=","value":"6"}]')) == [2]
    assert ids(wanted(filter=[{"field": "Saldo", "op": "<>", "value": 5}])) == [2]
    assert ids(wanted(filter=[{"field": "fechaFactura", "op": "<=", "value": "2026-01-02"}])) == [
        1,
        2,
    ]
    assert ids(wanted(filter=[{"field": "Activo", "op": "=", "value": 0}])) == [2]
    assert ids(wanted(filter=[{"field": "idCliente", "op": "=", "value": "2"}, condition])) == []
    for nothing in ([], "", None, "[]", {}):
        assert wanted(filter=nothing).conditions == ()


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "RazonSocial", "value": "x"}, {"op": "=", "value": "x"}, {"field": "RazonSocial", "op": "="},
        {"field": "Nada", "op": "=", "value": "x"}, {"field": "RazonSocial", "op": "like", "value": "x"},
        {"field": "", "op": "=", "value": "x"}, {"field": "RazonSocial", "op": "", "value": "x"},
        {"field": "Activo", "op": "=", "value": "7"}, {"field": "RazonSocial", "op": "=", "value": None},
        {"field": "idCliente", "op": "=", "value": ""}, {"field": ["RazonSocial"], "op": "=", "value": "x"},
        {"field": "RazonSocial", "op": "=", "value": ["x"]}, "x", 1, None, [],
    ],
)  # fmt: skip
def test_a_filter_without_its_three_parts_is_refused(condition: Any) -> None:
    with pytest.raises(Failure) as caught:
        wanted(filter=[condition])
    assert caught.value.message == "error en los parámetros"


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "fechaFactura", "op": "=", "value": "31-31-2026"},
        {"field": "Saldo", "op": "=", "value": "1,5"},
        {"field": "idCliente", "op": "=", "value": "x"},
    ],
)
def test_a_value_of_another_kind_is_refused(condition: Any) -> None:
    with pytest.raises(Failure, match=r"filter\[1\]\.value"):
        wanted(filter=[condition])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([{"field": "RazonSocial", "dir": "asc"}], [3, 1, 2]),
        ([{"field": "RazonSocial", "order": "DESC"}], [2, 1, 3]),
        ({"field": ["Saldo", "RazonSocial"], "order": "asc"}, [3, 1, 2]),
        ({"field": "saldo", "dir": "DESC"}, [2, 1, 3]),
        ({"field": [], "order": ""}, [1, 2, 3]),
        ('{"field":"idCliente","order":"desc"}', [3, 2, 1]),
        ([], [1, 2, 3]),
        ("", [1, 2, 3]),
        (None, [1, 2, 3]),
        ({}, [1, 2, 3]),
    ],
)
def test_orders(order: Any, expected: list[int]) -> None:
    assert ids(wanted(order=order)) == expected
    assert ids(wanted({"order": order})) == expected


@pytest.mark.parametrize("order", ["x", 5, True, [1], {"field": "Nada"}, {"field": 5}, {"field": "Saldo", "dir": "up"}, {"field": "Saldo", "dir": 1}, {"field": [1]}])  # fmt: skip
def test_what_is_no_order(order: Any) -> None:
    with pytest.raises(Failure):
        wanted(order=order)


def test_several_fields_share_a_direction() -> None:
    found = wanted(order={"field": ["Saldo", "idCliente"], "order": "desc"})
    assert found.order == (Order("balance", True), Order("id", True))


@settings(deadline=None)
@given(filter=ANY_JSON, order=ANY_JSON, start=ANY_JSON, limit=ANY_JSON)
def test_whatever_a_list_is_asked_for_is_read_or_refused(**members: Any) -> None:
    try:
        found = wanted(**members)
    except Failure:
        return
    assert found.start >= 0
    assert 1 <= found.limit <= 5000
