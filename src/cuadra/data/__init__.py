"""The tables and company files that travel inside the package, one file per subject.

They are here so that an installed Cuadra knows its codes without asking anybody. This package holds
data only: `catalog.tables` reads the tables, `catalog.company_file` the company files. Where each
fact comes from is told in `README.md` beside this file.
"""
