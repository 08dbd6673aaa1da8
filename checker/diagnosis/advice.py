"""Remarks on code that passes. They never change a verdict."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from checker.diagnosis.finding import passed_lifespans
from checker.results import Advice
from checker.source import Source, location


def advise(source: Source, warnings: list[Any]) -> tuple[Advice, ...]:
    """The remarks on a program that passes."""
    return tuple(advice for rule in RULES for advice in rule(source, warnings))


def deprecated_event(source: Source, warnings: list[Any]) -> Iterator[Advice]:
    """`on_event` works, and FastAPI recommends something else."""
    for warning in warnings:
        match warning:
            case {"category": "DeprecationWarning", "message": str(text)} if "on_event" in text:
                uses = source.attributes("on_event")
                if passed_lifespans(source):
                    yield Advice(
                        "FastAPI ignores on_event, because lifespan is given as well: what the "
                        "function below it does belongs into lifespan.",
                        location(uses[0]) if uses else None,
                    )
                    return
                yield Advice(
                    "on_event is deprecated. FastAPI recommends lifespan: an async function that "
                    "connects, yields and disconnects, marked with @asynccontextmanager and given "
                    "to FastAPI(lifespan=...). The lesson on connecting and disconnecting shows "
                    "it.",
                    location(uses[0]) if uses else None,
                )
                return


def password_in_address(source: Source, _warnings: list[Any]) -> Iterator[Advice]:
    """A password that everybody who reads the code can read."""
    for node in source.nodes:
        match node:
            case ast.Constant(value=str(text)) if re.match(
                r"\w+(\+\w+)?://[^/\s:@]*:[^/\s@]+@", text
            ):
                yield Advice(
                    "There is a password in the code: read it from an environment variable.",
                    location(node),
                )


def built_query(source: Source, _warnings: list[Any]) -> Iterator[Advice]:
    """A query made by string formatting, which lets values become SQL."""
    for node in source.nodes:
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), _, *_]):
                pass
            case ast.BinOp(
                left=ast.Constant(value=str(text)), op=ast.Mod() | ast.Add(), right=right
            ) if not isinstance(right, ast.Constant):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                pass
            case _:
                continue
        if re.match(r"\s*(select|insert|update|delete)\b", text, re.IGNORECASE):
            names_table = re.search(r"\b(from|join|into|update)\s*$", text, re.IGNORECASE)
            yield Advice(
                "The query is put together from pieces. Write the name of the table into it: no "
                "bind parameter can stand for one."
                if names_table
                else "The query is put together from pieces. Values belong in bind parameters: "
                'fetch_all("... WHERE id = :id", {"id": 1}).',
                location(node),
            )
            return


def handler_name(source: Source, _warnings: list[Any]) -> Iterator[Advice]:
    """A handler whose name says the opposite of what it does, or nothing."""
    for node in source.nodes:
        match node:
            case ast.AsyncFunctionDef(name=name, decorator_list=[decorator]):
                match decorator:
                    case ast.Call(
                        func=ast.Attribute(attr="on_event"), args=[ast.Constant(value=str(event))]
                    ) if event not in name and not expected(name, event):
                        yield Advice(
                            f"The handler {name} runs at {event}: a name such as {event} tells "
                            "readers so.",
                            location(node),
                        )


def expected(name: str, event: str) -> bool:
    """Whether a handler's name tells what it does."""
    words = {
        "startup": ("start", "open", "connect", "init"),
        "shutdown": ("shut", "stop", "close", "disconnect", "end"),
    }
    told = any(word in name.lower() for word in words.get(event, ()))
    return told and not (event == "startup" and "disconnect" in name.lower())


RULES: tuple[Callable[[Source, list[Any]], Iterator[Advice]], ...] = (
    deprecated_event,
    handler_name,
    password_in_address,
    built_query,
)
