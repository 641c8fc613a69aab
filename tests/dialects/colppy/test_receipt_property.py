"""Random receipts over random invoices: dues, balances and journal agree to the cent, and voiding all brings it all back."""

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy import receipt_bodies as bodies
from tests.dialects.colppy.client import Colppy, connected
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.colppy.ledger import (
    PERSON,
    PERSON_ID,
    SHOP,
    SHOP_ID,
    argentina,
    balances_of,
    dues_of,
    sold,
)

RECEIPTS = 15
CUSTOMERS = {SHOP_ID: SHOP, PERSON_ID: PERSON}
MEDIA = (
    ("Caja", "Efectivo", {}),
    ("Banco cuenta corriente", "Transferencia", {}),
    ("Caja en pes", "Tarjeta de Credito", {}),
    ("Valores a depositar", "Cheque Recibido Común", {"nroCheque": "7", "fechaValidez": "1-12-2026"}),
)  # fmt: skip
WITHHELD = ("retGanancias", "retIVA", "retSUSS", "retencionIIBB", "IIBBLocal", "retencionOtras")


class Shop:
    """What ought to be owed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.owed: dict[int, dict[int, Decimal]] = {party: {} for party in CUSTOMERS}

    def cents(self, most: Decimal) -> Decimal:
        """Something from one cent to `most`."""
        return Decimal(self.chance.randint(1, int(most * 100))) / 100

    def shape(self) -> tuple[dict[str, Any], int, Decimal, list[tuple[int, Decimal]]]:
        """A receipt, its customer, what it leaves on account, and what it applies."""
        party = self.chance.choice(list(CUSTOMERS))
        owing = [(key, owed) for key, owed in self.owed[party].items() if owed]
        chosen = self.chance.sample(owing, min(len(owing), self.chance.randint(0, 4)))
        applied = [
            (key, owed if self.chance.random() < 0.4 else self.cents(owed)) for key, owed in chosen
        ]
        settled = sum((amount for _, amount in applied), Decimal(0))
        left = self.cents(Decimal(50)) if not applied or self.chance.random() < 0.3 else Decimal(0)
        interest = self.cents(Decimal(9)) if self.chance.random() < 0.3 else Decimal(0)
        wanted = settled + left + interest
        more: dict[str, Any] = {"intereses": str(interest)}
        for name in self.chance.sample((*WITHHELD, "descuentos"), self.chance.randint(0, 5)):
            part = min(self.cents(Decimal(5)), wanted - Decimal("0.01"))
            if part > 0:
                more[name] = self.chance.choice([str(part), part])
                wanted -= part
        media = self._media(wanted)
        rows = [bodies.applied(key, str(amount)) for key, amount in applied]
        body = bodies.receipt(*media, total=wanted, idCliente=party, cobros=rows, **more)
        return body, party, left, applied

    def _media(self, wanted: Decimal) -> list[dict[str, Any]]:
        media = []
        while wanted:
            part = wanted if self.chance.random() < 0.6 else self.cents(wanted)
            account, name, more = self.chance.choice(MEDIA)
            media.append(bodies.medium(part, account, name, **more))
            wanted -= part
        return media


@pytest.mark.parametrize("seed", range(4))
async def test_random_receipts_agree_with_what_they_should_do(
    demo_databases: DemoDatabases, seed: int
) -> None:
    url = demo_databases.take()
    async with connected(url) as colppy:
        chance = random.Random(seed)
        shop = Shop(chance)
        siigo = await argentina(colppy)
        names = {}
        for number in range(1, 9):
            party = chance.choice(list(CUSTOMERS))
            total = shop.cents(Decimal(900))
            serial = await sold(siigo, url, total, CUSTOMERS[party])
            shop.owed[party][serial] = total
            names[serial] = (party, f"FV-1-{number}")
        before, balances = dues_of(url), balances_of(url)
        receipts = [await collected(colppy, url, shop, names) for _ in range(RECEIPTS)]
        assert {key: dues_of(url)[name] for key, name in names.items()} == {
            key: owed for owing in shop.owed.values() for key, owed in owing.items()
        }
        assert_balances_are_dues(url)
        await check_ledgers(colppy.database)
        chance.shuffle(receipts)
        for receipt in receipts:
            await colppy.send("Cliente", "editar_cobro", idCobro=receipt, idEstadoCobro="Anulado")
        assert (dues_of(url), balances_of(url)) == (before, balances)
        await check_ledgers(colppy.database)
    demo_databases.give_back(url, changed=True)


async def collected(colppy: Colppy, url: str, shop: Shop, names: dict[int, tuple[int, str]]) -> str:
    """Take a random receipt and see what it did to the dues."""
    body, party, left, applied = shop.shape()
    before = dues_of(url)
    receipt = str((await colppy.send("Cliente", "alta_cobro", **body))["idCobro"])
    after = dues_of(url)
    own = [after[name] for name in after.keys() - before.keys()]
    assert own == ([-left] if left else [])
    for key, amount in applied:
        shop.owed[party][key] -= amount
        assert after[names[key]] == before[names[key]] - amount
    return receipt


def assert_balances_are_dues(url: str) -> None:
    """What customers owe by the balances of the ledger is what their dues come to."""
    sums: dict[int, Decimal] = {}
    for (party, _), balance in dues_of(url).items():
        sums[party] = sums.get(party, Decimal(0)) + balance
    for party, balance in balances_of(url).items():
        assert sums[party] == balance
