"""The double-entry ledger: vouchers and their lines, balances, dues, periods, verification.

It knows accounts and amounts. It does not know invoices, taxes, products' prices or vendors.
"""
