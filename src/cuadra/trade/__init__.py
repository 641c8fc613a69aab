"""Commercial documents and stock: from what was agreed to what is posted.

Totals and posting rules are pure functions; `group` alone opens write transactions.
"""
