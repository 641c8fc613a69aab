"""Third parties found by what clients call them: a small id, a name, an identification.

Nothing here writes.
"""

from collections.abc import Collection
from typing import NamedTuple

from cuadra.catalog.third_parties import PartyName
from cuadra.database.pool import Transaction


class CalledParty(NamedTuple):
    """A third party with everything it may be called, names in lower case."""

    id: int
    key: PartyName
    name: str
    commercial_name: str

    def is_called(self, text: str) -> bool:
        """Whether a text is one of its names, or its identification with or without hyphens.

        >>> CalledParty(4, PartyName("30700000016"), "mayorista modelo", "").is_called("30-70000001-6")
        True
        """
        wanted = text.lower()
        return bool(wanted) and (
            wanted in (self.name, self.commercial_name)
            or wanted.replace("-", "") == self.key.identification.lower()
        )


async def find_called_parties(
    transaction: Transaction, ids: Collection[int], texts: Collection[str] = ()
) -> list[CalledParty]:
    """The third parties with one of these ids, or called by one of these texts, in order of id."""
    if not ids and not texts:
        return []
    names = [text.lower() for text in texts]
    rows = await transaction.rows(
        "SELECT * FROM (SELECT id, identification, branch, lower(array_to_string(name, ' ')) AS called,"
        "                      lower(COALESCE(commercial_name, '')) AS traded"
        "                 FROM books.third_party WHERE company_id = %(company)s) t"
        " WHERE id = ANY (%(ids)s::integer[]) OR called = ANY (%(names)s::text[])"
        "    OR traded = ANY (%(names)s::text[]) OR lower(identification) = ANY (%(numbers)s::text[])"
        " ORDER BY id",
        company=transaction.company.id,
        ids=list(ids),
        names=names,
        numbers=[name.replace("-", "") for name in names],
    )
    return [CalledParty(row[0], PartyName(row[1], row[2]), row[3], row[4]) for row in rows]
