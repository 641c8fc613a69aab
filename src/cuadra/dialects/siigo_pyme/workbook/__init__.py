"""Movements in the workbooks of Siigo Pyme's Excel interface: layouts, cells, reading and writing. It never asks the database."""
