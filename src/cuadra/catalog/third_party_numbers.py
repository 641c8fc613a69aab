"""Third parties by number, for doors and files that know identifications only as whole numbers.

An identification that is a number stands for itself. Any other (letters, a leading zero, too many
digits) has a number made of the third party's small integer, above all that the country hands out; it is the
same for all its branches, and never changes. Nothing is stored.
"""

from cuadra.database.pool import Transaction

MADE = 999_000_000_000
"""Numbers from here on are made. Twelve digits: the longest that a range of such doors can name."""


def party_number_sql(party: str) -> str:
    """SQL for the number of the third party in a row of `books.third_party` called `party`."""
    text = f"{party}.identification"
    return (
        f"CASE WHEN {text} ~ '^[1-9][0-9]*$' AND lpad({text}, 13, '0') < '0{MADE}' COLLATE \"C\""
        f" AND length({text}) <= 12 THEN {text}::bigint"
        f" ELSE {MADE} + (SELECT min(o.id) FROM books.third_party o"
        f" WHERE o.company_id = {party}.company_id AND o.identification = {text}) END"
    )


async def find_identification(transaction: Transaction, number: int) -> str | None:
    """The identification that a made number stands for; None where it is no made one or nobody's.

    Any other number is its own identification, known here or not.
    """
    row = await transaction.row(
        f"SELECT t.identification FROM books.third_party t WHERE t.company_id = %(company)s"
        f" AND t.id = %(id)s AND {party_number_sql('t')} = %(number)s",
        company=transaction.company.id,
        id=min(max(number - MADE, 0), 2**31 - 1),
        number=number,
    )
    return row[0] if row and number >= MADE else None
