"""PostgreSQL: the embedded server, the pool, migrations and the loader of queries.

The lowest layer: everything above reaches the database through it. It never knows a table's meaning.
"""
