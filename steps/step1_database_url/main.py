"""A small app that keeps user names in SQLite."""

# TODO: import databases, import FastAPI, and give DATABASE_URL the address of
#       the SQLite file ./test.db, in the current folder.
