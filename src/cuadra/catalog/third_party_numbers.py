"""Third parties by number, for doors and files that know identifications only as whole numbers.

An identification that is a number stands for itself. Any other (letters, a leading zero, too many
digits) has a number made of the third party's small integer, above all that the country hands out; it is the
same for all its branches, and never changes. Nothing is stored.
"""

from uuid import UUID

MADE_PREFIX = "SIN-"
"""What begins the identification of a third party that is not identified (sin identificar)."""
MADE = 999_000_000_000
"""Numbers from here on are made. Twelve digits: the longest that a range of such doors can name."""


def made_identification(guid: UUID) -> str:
    """What a third party goes by that is not identified at all: nobody else's, and no law's.

    >>> made_identification(UUID("531806e3-ae35-454b-8f7a-923f2571608d"))
    'SIN-923F2571608D'
    """
    return f"{MADE_PREFIX}{guid.hex[-12:].upper()}"


def party_number_sql(party: str) -> str:
    """SQL for the number of the third party in a row of `books.third_party` called `party`."""
    text = f"{party}.identification"
    return (
        f"CASE WHEN {text} ~ '^[1-9][0-9]*$' AND lpad({text}, 13, '0') < '0{MADE}' COLLATE \"C\""
        f" AND length({text}) <= 12 THEN {text}::bigint"
        f" ELSE {MADE} + (SELECT min(o.id) FROM books.third_party o"
        f" WHERE o.company_id = {party}.company_id AND o.identification = {text}) END"
    )
