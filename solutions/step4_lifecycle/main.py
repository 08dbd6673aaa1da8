"""A small app that keeps user names in SQLite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import databases
from databases.interfaces import Record
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"

database = databases.Database(DATABASE_URL)


async def fetch_users() -> list[Record]:
    """Return every user."""
    query = "SELECT * FROM users"
    return await database.fetch_all(query)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect while the app starts, disconnect while it stops."""
    await database.connect()
    yield
    await database.disconnect()


app = FastAPI(lifespan=lifespan)
