"""A small app that keeps user names in SQLite."""

import databases
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"

database = databases.Database(DATABASE_URL)

# TODO: write the async function fetch_users.
#       It selects every row of the table users with
#       database.fetch_all, waits for the rows, and returns them.
