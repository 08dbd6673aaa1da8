"""A small app that keeps user names in SQLite."""

import databases
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"
