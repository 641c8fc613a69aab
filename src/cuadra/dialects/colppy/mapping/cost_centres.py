"""Cost centres of both kinds (`ccosto1`, `ccosto2`) by whatever clients call them. Pure."""

from collections.abc import Iterable

from cuadra.catalog.records import CostCentre, Dimension, DimensionKind
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure, shown

_NONE = ("", "0")


def find_cost_centres(
    first: str, second: str, where: str, catalog: Catalog
) -> tuple[int | None, int | None]:
    """The two cost centres that a row names; `where` is how sentences call it. Raises `Failure`."""
    dimensions = catalog.dimensions[DimensionKind.SECOND_COST_CENTRE]
    return (
        _find(first, f"{where}ccosto1", catalog.cost_centres.values()),
        _find(second, f"{where}ccosto2", dimensions.values()),
    )


def _find(text: str, where: str, centres: Iterable[CostCentre | Dimension]) -> int | None:
    """The active centre with this id, else with this code, else of this name."""
    if text in _NONE:
        return None
    wanted = text.casefold()
    named = [(str(one.id), one.code.casefold(), one.name.casefold()) for one in centres]
    for part in range(3):
        for centre, names in zip(centres, named, strict=True):
            if centre.active and names[part] == wanted:
                return centre.id
    raise Failure(f"No existe el centro de costo {shown(text)} ({where}).")
