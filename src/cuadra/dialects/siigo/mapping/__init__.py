"""Between what travels and what the books mean: requests to drafts, records to answers. Pure.

It never reads the database and decides nothing: whatever a request says is carried over, also when it
is wrong, so that all problems can be told at once. One module for each resource.
"""
