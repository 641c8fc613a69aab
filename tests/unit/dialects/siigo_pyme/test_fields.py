"""The table of movements is the vendor's page, whose example knows no other field; all tables keep the rules."""

import csv
import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from cuadra.dialects.siigo_pyme.fields import Table, fields

FORMS = {
    "letter", "choice", "range", "digits", "decimals", "voucher", "day", "time", "hex", "text",
}  # fmt: skip
EXAMPLE = Path(__file__).parents[3] / "dialects/siigo_pyme/movement_example.json"


def test_the_fields_of_the_page() -> None:
    assert len(fields()) == 132
    assert [one.reference for one in fields().values() if one.mandatory] == [
        "voucher_type", "voucher_code", "accounting_account", "debit_or_credit", "sequence_value",
    ]  # fmt: skip
    assert Counter(one.documented_type for one in fields().values()) == {"number": 78, "string": 54}


def test_the_example_has_all_but_the_later_delivery_orders() -> None:
    sent = json.loads(EXAMPLE.read_text(encoding="utf-8"))["data"]["list"][0]
    assert sent.keys() <= fields().keys()
    missing = fields().keys() - sent.keys()
    assert len(missing) == 15 and all(name[-1] in "345" for name in missing)


@pytest.mark.parametrize(
    ("table", "count"), [("movement", 132), ("basic", 39), ("third", 37), ("extra_document", 45)]
)
def test_a_table_keeps_the_rules_of_tables(table: Table, count: int) -> None:
    """UTF-8, a header, LF, a unique first column, nothing around the cells."""
    text = files("cuadra.dialects.siigo_pyme").joinpath(f"{table}_fields.csv").read_bytes()
    assert b"\r" not in text and text.endswith(b"\n")
    rows = list(csv.reader(text.decode("utf-8").splitlines()))
    assert len({row[0] for row in rows}) == len(rows) == count + 1
    assert all(cell == cell.strip() for row in rows for cell in row)
    assert {one.form for one in fields(table).values()} <= FORMS


def test_what_is_known_of_the_page_of_third_parties() -> None:
    """Its first twelve references come with their types; of the others the page's are not known."""
    typed = [one.reference for one in fields("third").values() if one.documented_type != "unknown"]
    assert typed == list(fields("third"))[:12]
    assert [one.reference for one in fields("third").values() if one.mandatory] == [
        "identification"
    ]
    assert {one.empty for one in fields("third").values()} == {None, 0, "", "A"}


def test_every_field_is_empty_in_its_own_type() -> None:
    for one in fields().values():
        if one.documented_type == "string":
            assert one.empty in ("", "N", "0")
        else:
            assert one.empty in (None, 0)


def test_the_basic_model_is_a_part_of_the_general_one() -> None:
    """With the same captions and the same values, though other fields are mandatory."""
    basic, general = fields("basic"), fields()
    assert len(basic) == 39 and "accounting_account" not in basic
    assert [one.reference for one in basic.values() if one.mandatory] == [
        "voucher_type", "voucher_code", "sequence_value", "nit", "product_code", "quantity",
    ]  # fmt: skip
    own = ("mandatory", "kept", "note")
    for name, field in basic.items():
        alike = {flag: getattr(general[name], flag) for flag in own}
        assert msgspec.structs.replace(field, **alike) == general[name]


def test_documents_without_accounting_have_the_fields_of_movements() -> None:
    """Where the vendor has not published its own: the same type, width and neutral value."""
    own = {"document_type", "document_code", "delivery_year", "delivery_month", "delivery_day"}
    found = fields("extra_document")
    assert found.keys() - fields().keys() == own
    for name in found.keys() - own:
        one, like = found[name], fields()[name]
        assert (one.caption, one.documented_type, one.model, one.neutral) == (
            like.caption, like.documented_type, like.model, like.neutral,
        )  # fmt: skip
    assert [one.reference for one in found.values() if one.mandatory] == [
        "document_type", "document_code", "document_number", "nit", "product_code", "quantity",
        "sequence_value",
    ]  # fmt: skip
