"""Reports: one report is one module and one .sql file of the same name. Rows out; `tables` renders them.

Balance reports read the kept balances, never the lines. Nothing here writes.
"""
