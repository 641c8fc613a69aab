"""Cuadra: one double-entry ledger behind the accounting APIs of Latin America."""

__version__ = "0.1.0"
