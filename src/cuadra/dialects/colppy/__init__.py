"""Colppy's API ("Frontera 2"), answered by our books."""
