"""The checker of an interactive kata: FastAPI, SQLite and the `databases` library in four steps."""

__version__ = "0.1.0"
