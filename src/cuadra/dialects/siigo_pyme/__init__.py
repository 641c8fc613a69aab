"""Siigo Pyme through Connector V2: one call that reads and writes, one job at a time per connection."""
