"""The checker of an interactive kata: FastAPI, SQLite and the `databases` library in four steps."""

__version__ = "0.1.0"

COMMAND = "python -m checker"
"""What a user types; every text that tells a command begins with it."""
