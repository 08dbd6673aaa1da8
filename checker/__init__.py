"""The checker of an interactive kata: FastAPI, SQLite and the `databases` library in four steps.

`from checker import check, grade` gives the two functions for use from Python.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checker.api import check, grade

__all__ = ["DISTRIBUTION", "__version__", "check", "grade"]
__version__ = "0.1.0"

DISTRIBUTION = "fastapi-databases-kata"
"""What installers call the package."""


def __getattr__(name: str) -> object:
    """The functions of `checker.api`, imported when they are first asked for: that takes time."""
    if name in ("check", "grade"):
        from checker import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
