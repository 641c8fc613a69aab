"""Products and services. Pure."""

import re

from cuadra.catalog.products import PRICE_LISTS_MAX
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import (
    amount,
    between,
    description_text,
    fits,
    max_length,
    option,
    required_text,
)
from cuadra.errors import Problem, required

_CODE = re.compile(r"[^'\s]+")
_PRODUCT_TYPES = {"product", "service", "consumergood", "combo"}
_TAX_CLASSIFICATIONS = {"taxed", "exempt", "excluded"}


def product_problems(body: wire.ProductIn, *, combos: bool = True) -> list[Problem]:
    """What is wrong with a product; combos are not in every plan."""
    problems = [
        *required_text("code", body.code, 30, _CODE),
        *required_text("name", body.name, 100, re.compile(r"[^']+")),
        *([] if body.account_group else [required("account_group")]),
        *option("type", body.type, _PRODUCT_TYPES),
        *option("tax_classification", body.tax_classification, _TAX_CLASSIFICATIONS),
        *amount("tax_consumption_value", body.tax_consumption_value),
    ]
    if (body.type or "").lower() == "combo" and not combos:
        problems.append(Problem("plan", "type", "the plan of the company has no combos"))
    for index, component in enumerate(body.components or []):
        problems += _component(f"components[{index}].", component)
    for index, tax in enumerate(body.taxes or []):
        problems += [] if tax.id else [required(f"taxes[{index}].id")]
    if sum(len(price.price_list or []) for price in body.prices or []) > PRICE_LISTS_MAX:
        problems.append(Problem("array", "prices", "too many prices"))
    for index, price in enumerate(body.prices or []):
        problems += _price(f"prices[{index}]", price)
    if body.unit == "":
        problems.append(Problem("empty", "unit", "unit is empty"))
    problems += max_length("unit_label", body.unit_label, 50)
    problems += max_length("reference", body.reference, 80)
    problems += description_text("description", body.description, 2500)
    fields = body.additional_fields or body.adittional_fields
    for name, length in (("barcode", 50), ("brand", 50), ("tariff", 10), ("model", 50)):
        text = getattr(fields, name, None)
        problems += max_length(f"additional_fields.{name}", text or None, length)
    return problems


def _component(path: str, component: wire.ComponentIn) -> list[Problem]:
    problems = max_length(path + "code", component.code, 30)
    if component.quantity is not None and not fits(component.quantity, 2):
        problems.append(Problem("value", path + "quantity", "at most two decimals"))
    return problems


def _price(path: str, price: wire.PriceIn) -> list[Problem]:
    problems = [] if price.currency_code else [required(f"{path}.currency_code")]
    positions = [row.position for row in price.price_list or []]
    if len(set(positions)) < len(positions):
        problems.append(Problem("array", f"{path}.price_list", "a position stands once"))
    for index, row in enumerate(price.price_list or []):
        row_path = f"{path}.price_list[{index}]"
        if row.position is None:
            problems.append(required(f"{row_path}.position"))
        problems += between(f"{row_path}.position", row.position, 1, PRICE_LISTS_MAX)
        if row.value is None:
            problems.append(required(f"{row_path}.value"))
        problems += amount(f"{row_path}.value", row.value)
    return problems
