"""Turns values of the learner's program into JSON without believing what they say of themselves."""

import collections.abc
import math
import sys
import types
from typing import Any

Json = dict[str, Any]

MOST_VALUES = 100_000
LONGEST_TEXT = 20_000
DEEPEST = 20
MOST = 1 << 63
"""What a whole number in SQLite is less than."""

# What `type` itself says of a class; asked in any other way, its metaclass could answer.
bases_of: Any = type.__dict__["__mro__"].__get__
module_of: Any = type.__dict__["__module__"].__get__
name_in_module: Any = type.__dict__["__qualname__"].__get__


class TooLarge(Exception):
    """A value has more parts than an answer may hold."""


def known_classes() -> tuple[tuple[type, ...], tuple[type, ...]]:
    """The libraries' classes for rows and for texts, as they are before anybody replaces them."""
    if "databases" not in sys.modules:
        return (), ()
    from databases import DatabaseURL
    from databases.interfaces import Record
    from sqlalchemy.engine import Row

    return (Record, Row), (DatabaseURL,)


def describe(value: object, known: tuple[tuple[type, ...], tuple[type, ...]]) -> Any:
    """`value` as JSON, plain values as they are; raises `TooLarge` when it has too many parts."""
    return described(value, known, [MOST_VALUES], 0)


def described(value: Any, known: tuple[Any, Any], left: list[int], depth: int) -> Any:
    """A part of a value; `left` counts down how many more parts there may be."""
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise TooLarge
    records, texts = known
    # `type()` and the base classes' own methods: an object cannot lie to them.
    cls = type(value)
    # First what rows are made of: there are thousands of these.
    if (
        (cls is str and len(value) <= LONGEST_TEXT)
        or (cls is int and -MOST < value < MOST)
        or value is None
        or cls is bool
        or (cls is float and math.isfinite(value))
    ):
        return value
    found: Json = {"type": type_name(cls)}
    bases = bases_of(cls)
    if str in bases and str.__len__(value) <= LONGEST_TEXT:
        return found | {"value": str.__str__(value)}
    if any(cls is text for text in texts):  # a class of the learner's own could lie
        return found | {"value": str.__str__(str(value))[:LONGEST_TEXT]}
    below = (known, left, depth + 1)
    if any(record in bases for record in records):
        fields = dict(value._mapping).items()
    elif dict in bases:
        fields = dict.items(value)
    elif collections.abc.Mapping in bases or cls is types.MappingProxyType:
        fields = dict(value).items()
    elif list in bases or tuple in bases:
        base = list if list in bases else tuple
        items = [described(item, *below) for item in base.__iter__(value)]
        return found | {base.__name__: items}
    else:
        return found | {"name": name_of(value, cls)}
    left[0] -= len(fields)
    pairs = [
        [
            # Nearly all names of columns; a call for each would take as long as all the rest.
            key if type(key) is str and len(key) <= LONGEST_TEXT else described(key, *below),
            described(part, *below),
        ]
        for key, part in fields
    ]
    return found | {"dict": pairs}


def name_of(value: Any, cls: type) -> str | None:
    """The name of a function, class, coroutine or module."""
    if cls in (types.FunctionType, types.CoroutineType, types.GeneratorType):
        return str.__str__(value.__qualname__)[:200]
    if cls is types.MethodType:
        return str(value.__qualname__)[:200]
    if type in bases_of(cls):
        return type_name(value)
    if cls is types.ModuleType:
        return str(vars(value).get("__name__"))[:200]
    return None


def type_name(cls: type) -> str:
    """A class by its module and name, `str` for a built-in."""
    module = str(module_of(cls))
    name = str(name_in_module(cls))
    return name[:200] if module == "builtins" else f"{module}.{name}"[:200]
