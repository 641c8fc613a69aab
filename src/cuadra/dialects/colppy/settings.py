"""What a company chooses where the vendor's pages are silent or contradict themselves."""

from typing import Annotated, Any, Literal

import msgspec

from cuadra.catalog.snapshot import Catalog

DIALECT = "colppy"
DEVELOPER_DIALECT = "colppy_developer"
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=7 * 24 * 60)]
_Code = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class ReceiptAccounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where receipts and payments post what their rows name no account for.

    customers, suppliers: money on account. The rest: discounts and interest, of receipts and of payments.
    """

    customers: str = "110301"
    suppliers: str = "210101"
    discounts_given: str = "630104"
    interest_earned: str = "420101"
    discounts_taken: str = "420102"
    interest_paid: str = "630101"


# Those of the built-in charts.
_ACCOUNTS = {
    "AR": ReceiptAccounts(),
    "CO": ReceiptAccounts(
        customers="13050501",
        suppliers="22050501",
        discounts_given="53053501",
        interest_earned="42100501",
        discounts_taken="42104001",
        interest_paid="53052001",
    ),
}

# How the codes of accounts of money begin in the built-in charts: cash, banks and values.
_MONEY = {"AR": ("1101",), "CO": ("11",)}


class ColppySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings `colppy` of a company; the defaults are those of docs/colppy.md.

    company_id: the `idEmpresa` of the company, where it shall stay the same when it is loaded again.
    session_minutes: how long a session lives after its last use; of a user with several companies the
    shortest. expired_session: what a call without a valid session meets. developer_check: whether `auth` is
    checked on every call, or only by those without a session. case: whether `provision` and `operacion` are
    taken in any case. unknown_operation: what one that does not exist meets, and `internal_estado` the
    `estado` of that and of failures. rate_limit: `auto` limits all but sandboxes to
    `requests_per_minute` and `requests_per_five_minutes` of one developer.

    over_collected: whether more may be collected of an invoice than its balance; the rest is then credit.
    void_receipts: whether `alta_cobro` with `idCobro` and the state `Anulado` voids a receipt.
    perceptions: the taxes by which perceptions of gross income are posted, by jurisdiction (`902`); of others the
    company's first of that kind. medium_codes: the stored codes of means of collecting, by their names.
    withholdings: the taxes by whose accounts withholdings are posted, by the names of their parameters
    (`retGanancias`); jurisdictions: those of gross income that have a tax of their own, by jurisdiction.
    accounts: see `ReceiptAccounts`. money_accounts: how the codes of the accounts begin that hold money, where they
    are others than in the built-in charts; means of payment name no other, except those of the company's payment types.
    """

    company_id: _Id | None = None
    session_minutes: _Minutes = 60
    expired_session: Literal["estado_1", "html", "empty"] = "estado_1"
    developer_check: bool = True
    case: Literal["any", "exact"] = "any"
    unknown_operation: Literal["estado", "success_false"] = "estado"
    internal_estado: Annotated[int, msgspec.Meta(ge=1, le=9999)] = 2
    rate_limit: Literal["auto", "on", "off"] = "auto"
    requests_per_minute: _Count = 60
    requests_per_five_minutes: _Count = 300
    over_collected: Literal["strict", "lenient"] = "strict"
    void_receipts: bool = True
    perceptions: dict[str, _Id] = {}
    medium_codes: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "Efectivo": "1",
            "Cheque Recibido Común": "2",
            "Transferencia": "3",
            "Tarjeta de Credito": "4",
            "Cheque Recibido Diferido": "5",
        }
    )
    accounts: ReceiptAccounts | None = None
    money_accounts: tuple[_Code, ...] | None = None
    withholdings: dict[str, int] = {}
    jurisdictions: dict[str, int] = {}

    def accounts_in(self, country: str) -> ReceiptAccounts:
        """The company's accounts, or those of the country's chart."""
        return self.accounts or _ACCOUNTS.get(country, ReceiptAccounts())

    def money_in(self, country: str) -> tuple[str, ...]:
        """How the codes of accounts of money begin in the company's chart, or in the country's."""
        if self.money_accounts is not None:
            return self.money_accounts
        return _MONEY.get(country, ())


def settings_from_values(values: dict[str, Any]) -> ColppySettings:
    """This dialect's settings as a company file gave them."""
    return msgspec.convert(values, ColppySettings)


def settings_from_catalog(catalog: Catalog) -> ColppySettings:
    """This dialect's settings of a company."""
    return settings_from_values(catalog.settings.get(DIALECT, {}))
