"""A small app that keeps user names in SQLite."""

# TODO: import databases and FastAPI, and define DATABASE_URL.
#       It is the address of the SQLite file ./test.db, in the
#       current folder.
