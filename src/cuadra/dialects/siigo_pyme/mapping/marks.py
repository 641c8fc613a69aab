"""What the marks of an account ask of a row, or do not take.

Third party and cost centre are asked for in every profile, because the ledger asks too. The rest is the
vendor's Excel model: the strict profile refuses it, the other warns. Pure.
"""

from collections.abc import Callable

from cuadra.catalog.records import Account, TaxKind
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk
from cuadra.dialects.siigo_pyme.rows import Profile, Row

RETENTIONS = ("2365", "2367", "2368", "1355")
CROSS = ("cross_voucher_type", "cross_document_number", "expiration_number")
_Tell = Callable[[str, str, str], None]


def check_marks(row: Row, account: Account, crosswalk: Crosswalk, profile: Profile) -> None:
    """Note what does not go with the account."""
    tell = row.refuse if profile == "strict" else row.warn
    values = row.values
    if not account.movement:
        row.refuse("accounting_account", "account_level", "la cuenta no es de movimiento")
    elif not account.active:
        row.refuse("accounting_account", "inactive", "la cuenta está inactiva")
    if (account.needs_third_party or account.due is not None) and "nit" not in values:
        row.refuse("nit", "required", "la cuenta exige tercero")
    if account.needs_cost_centre and "cost_center" not in values:
        row.refuse("cost_center", "required", "la cuenta exige centro de costo")
    elif "cost_center" in values and not account.needs_cost_centre:
        tell("cost_center", "not_allowed", "la cuenta no maneja centros de costo")
    _check_cross(row, account, tell)
    _check_goods(row, account, tell)
    _check_taxes(row, account, crosswalk, tell)
    if account.fixed_asset and "asset_code" not in values:
        tell("asset_code", "required", "la cuenta es de activos fijos")


def _check_cross(row: Row, account: Account, tell: _Tell) -> None:
    """Accounts with details name an open item, no others do."""
    for reference in CROSS:
        if account.due is not None and reference not in row.values:
            tell(reference, "required", "la cuenta maneja detalle de vencimientos")
        elif account.due is None and reference in row.values:
            tell(reference, "not_allowed", "la cuenta no maneja detalle de vencimientos")


def _check_goods(row: Row, account: Account, tell: _Tell) -> None:
    values = row.values
    if account.inventory and "product_code" not in values:
        tell("product_code", "required", "la cuenta es de inventarios")
    if "product_code" in values and "warehouse_code" not in values:
        tell("warehouse_code", "required", "es obligatoria con el producto")
    value = values.get("sequence_value")
    if not value and not (account.inventory or account.code[0] in "67"):
        tell("sequence_value", "value", "solo inventarios y costos admiten valor cero")


def _check_taxes(row: Row, account: Account, crosswalk: Crosswalk, tell: _Tell) -> None:
    values = row.values
    sells = account.code.startswith("41")
    for reference in ("sequence_vat_percentage", "sequence_vat_value"):
        if reference in values and not sells and "product_code" not in values:
            tell(reference, "not_allowed", "solo va en ingresos y productos")
    if values.get("taxable_or_exempt_sequence", "N") != "N" and not sells:
        tell("taxable_or_exempt_sequence", "not_allowed", "solo va en cuentas de ingresos")
    if "withholding_base" in values and not (account.tax or account.code.startswith(RETENTIONS)):
        tell("withholding_base", "not_allowed", "solo va en cuentas de retención")
    base = "vat_withholding_base_for_marked_accounts"
    marked = has_reteiva(account, crosswalk)
    if marked and base not in values:
        tell(base, "required", "la cuenta está marcada como de ReteIVA")
    elif base in values and not marked:
        tell(base, "not_allowed", "la cuenta no está marcada como de ReteIVA")


def has_reteiva(account: Account, crosswalk: Crosswalk) -> bool:
    """Whether the account takes withheld IVA."""
    taxes = crosswalk.taxes.get(account.code)
    return taxes is not None and any(tax.kind is TaxKind.RETEIVA for tax in taxes)
