"""A small app that keeps user names in SQLite."""

import databases
from fastapi import FastAPI

DATABASE_URL = "sqlite:///./test.db"

# TODO: create database, a databases.Database.
#       It is built from DATABASE_URL.
