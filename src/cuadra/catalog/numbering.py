"""Where the numbering of every voucher type stands. Only read here; posting takes the numbers."""

from cuadra.database.pool import Transaction


async def list_next_numbers(transaction: Transaction) -> dict[int, int]:
    """The next number of each voucher type, by its id."""
    rows = await transaction.rows(
        "SELECT voucher_type_id, next_number FROM books.number_series"
        " WHERE company_id = %(company)s AND kind = 'number'",
        company=transaction.company.id,
    )
    return {row[0]: row[1] for row in rows}
