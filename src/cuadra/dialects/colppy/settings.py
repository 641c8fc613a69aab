"""What a company chooses where the vendor's pages are silent or contradict themselves."""

from typing import Annotated, Any, Literal

import msgspec

from cuadra.catalog.snapshot import Catalog

DIALECT = "colppy"
DEVELOPER_DIALECT = "colppy_developer"
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=7 * 24 * 60)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


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


def settings_from_values(values: dict[str, Any]) -> ColppySettings:
    """This dialect's settings as a company file gave them."""
    return msgspec.convert(values, ColppySettings)


def settings_from_catalog(catalog: Catalog) -> ColppySettings:
    """This dialect's settings of a company."""
    return settings_from_values(catalog.settings.get(DIALECT, {}))
