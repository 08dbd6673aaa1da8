"""A small app that keeps user names in SQLite."""

import databases
from databases.interfaces import Record
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"

database = databases.Database(DATABASE_URL)


async def fetch_users() -> list[Record]:
    """Return every user."""
    query = "SELECT * FROM users"
    return await database.fetch_all(query)


# TODO: create app, a FastAPI application.
#       It connects database when it starts, and disconnects it
#       when it stops.
