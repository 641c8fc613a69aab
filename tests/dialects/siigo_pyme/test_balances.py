"""What is owed, read through the connector: ranges, cuts, signs, and names of third parties."""

from typing import Any

from tests.dialects.siigo_pyme.client import Pyme


async def test_smoke(pyme: Pyme) -> None:
    print(await pyme.balances())
    print(await pyme.balances("P"))
    print(await pyme.balances("P", previous_cut="S", cut_off_date="0231"))
    print(await pyme.balances("P", previous_cut="S", cut_off_date="1231", year=2025))
