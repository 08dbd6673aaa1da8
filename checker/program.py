"""What a suite sees: the learner's program, ready to be looked at, called and walked through.

Every value comes from the worker as plain data; nothing of the learner's runs here.
"""

import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from checker.forbidden import Use, forbidden_use
from checker.source import Source
from checker.worker import Garbled, Raised, Worker

MISSING = object()
# As many of them, with five columns each, are two thirds of what one answer can hold.
MOST_ROWS = 4_000
PLAIN = frozenset({type(None), bool, int, float, str})
Kind = TypeVar("Kind")


class Missing(Exception):
    """The program has no such name. `path` is what was looked for, `name` the part not found."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(f"{path} does not exist")
        self.path = path
        self.name = name


class Forbidden(Exception):
    """The program uses something that no step needs and only an attack on the checker would."""

    def __init__(self, use: Use) -> None:
        super().__init__(f"{use.what} is forbidden")
        self.use = use


@dataclass(frozen=True)
class Thing:
    """A value that is no plain data: what it is, as the worker's interpreter says.

    `type` is its class by module and name, `name` that of a function, class, coroutine or module.
    """

    type: str
    name: str | None = None

    def __repr__(self) -> str:
        kind = self.type.rpartition(".")[2]
        return f"<{kind} {self.name}>" if self.name else f"<{kind} object>"


@dataclass(frozen=True)
class Call:
    """A recorded call of one of the library's methods.

    `finished` tells that it was awaited to its end, `idle` that a connect found its database
    connected already, or a disconnect disconnected; `rows` is how many rows it gave.
    """

    method: str
    finished: bool
    idle: bool
    query: str | None
    line: int | None
    rows: int | None


class Program:
    """The learner's program in its worker.

    `seen` is the value that the program last gave, `queries` the database calls of the last
    `call`. Methods raise `Missing`, `Raised`, `TooLarge` or `WorkerLost`.
    """

    def __init__(self, worker: Worker, source: Source) -> None:
        self.source = source
        self.seen: Any = MISSING
        self.queries: list[Call] = []
        self._given: list[tuple[int, list[Call]]] = []
        self._worker = worker
        self._loaded = False
        self._shown = False
        self._started = False

    def load(self) -> None:
        """Run main.py from the top in an empty folder, as a first start would."""
        self._load({})

    @contextmanager
    def loaded_with(self, **held: str) -> Iterator[None]:
        """Run main.py again with some names held at other values, whatever main.py gives them."""
        self._load(held)
        try:
            yield
        finally:
            self._loaded = False

    def _load(self, held: dict[str, str]) -> None:
        if self._forbidden is not None:
            raise Forbidden(self._forbidden)
        # What main.py prints is the learner's to read once, not once for every load of ours.
        mute = self._shown
        self._shown = self._loaded = True
        self._started = False
        self._given = []
        self._worker.ask("load", held=held, mute=mute)

    @cached_property
    def _forbidden(self) -> Use | None:
        return forbidden_use(self.source)

    @property
    def numbers(self) -> list[int]:
        """The numbers that stand in the file, as far as a table can have as many rows."""
        words = (word.replace("_", "") for word in self.source.words if len(word) < 9)
        written = [int(word) for word in words if re.fullmatch(r"[0-9]{1,4}", word)]
        return [number for number in written if number < MOST_ROWS]

    def look(self, path: str) -> Any:
        """The value of a name, or of an attribute: `look("database.url")`."""
        self._look(path)
        return self.seen

    def holds(self, path: str) -> bool:
        """Whether a name of the program holds a library, or a class of it, whatever the name.

        `holds("databases")` asks for anything out of the library, `holds("fastapi.FastAPI")`
        for the class, or for the module that has it.
        """
        self._ensure_loaded()
        if path.partition(".")[0] not in self.source.words:
            return False
        return self._worker.ask("holds", path=path) is True

    def is_a(self, path: str, cls: str) -> bool:
        """Whether the value is an instance of a library's class: `"databases.Database"`."""
        return self._look(path, cls=cls).get("is_a") is True

    def is_async(self, path: str) -> bool:
        """Whether the value is a function made with `async def`."""
        return self._look(path, function=True).get("is_async") is True

    def call(self, path: str) -> Any:
        """What the function hands back when it is called without arguments and awaited."""
        self.queries = []
        answer = self._ask_about(path, "call")
        self.queries = [call_from(note) for note in expect(list, answer.get("queries"))]
        self.seen = decode(answer.get("value"))
        rows = len(self.seen) if isinstance(self.seen, (list, tuple)) else 0
        self._given.append((rows, self.queries))
        return self.seen

    def start(self, path: str, table: "Table") -> None:
        """Walk the application through its startup, unless it already is.

        It starts in an empty folder, as a program that makes its table needs it; one that asks
        for a table which is not there gets `table` and is started anew.
        """
        if self._started:
            return
        self._given = []
        try:
            self._ask_about(path, "start")
        except Raised as raised:
            if "no such table" not in raised.message:
                raise
            self.load()
            table.refill()
            self._ask_about(path, "start")
        self._started = True

    def get(self, url: str) -> int:
        """Send the started application a GET request; the status of what it answers."""
        return expect(int, self._worker.ask("get", url=url))

    def stop(self) -> None:
        """Walk the started application through its shutdown."""
        self._started = False
        self._given = []
        self._worker.ask("stop")

    def has_awaited(self, path: str) -> bool:
        """Whether a library method, say `database.connect`, did its work and was awaited.

        What counts is what happened since the last load, start or stop, and for the last two until
        the app said that it was done.
        """
        return any(call.finished and not call.idle for call in self._calls(path))

    @property
    def rows_given(self) -> int:
        """How many rows all `call`s gave together since the last load, start or stop."""
        return sum(count for count, _ in self._given) or 1  # by none, nothing is proven

    def rows_from(self, path: str) -> int:
        """How many of `rows_given` a library method, say `database.fetch_all`, gave to its call."""
        own = self._calls(path)
        return sum(
            min(count, sum(call.rows or 0 for call in queries if call in own))
            for count, queries in self._given
        )

    def _calls(self, path: str) -> list[Call]:
        owner, _, method = path.rpartition(".")
        self._prepare(owner)
        notes = expect(list, self._worker.ask("calls", path=owner, method=method))
        return [call_from(note) for note in notes]

    def blocking_calls(self) -> list[str]:
        """Calls that stood still inside the event loop, each as "time.sleep in line 12"."""
        notes = expect(dict, self._worker.ask("notes"))
        return [
            f"{note.get('what')} in line {note.get('line')}"
            for note in expect(list, notes.get("blocking"))
            if isinstance(note, dict)
        ]

    def warnings(self) -> list[Any]:
        """The warnings that the program caused since it was loaded, as the worker noted them."""
        return expect(list, expect(dict, self._worker.ask("notes")).get("warnings"))

    def sql(self, statements: list[tuple[str, list[list[Any]]]]) -> None:
        """Execute statements, each once for every set of parameters, on the program's test.db."""
        self._ensure_loaded()
        self._worker.ask("sql", file="test.db", statements=statements)

    def _look(self, path: str, **more: str | bool) -> dict[str, Any]:
        answer = self._ask_about(path, "look", **more)
        self.seen = decode(answer.get("value"))
        return answer

    def _ask_about(self, path: str, do: str, **more: str | bool) -> dict[str, Any]:
        """What the worker answers about the value at the path."""
        self._prepare(path)
        answer = expect(dict, self._worker.ask(do, path=path, **more))
        parts = path.split(".")
        found = expect(int, answer.get("found"))
        if found != len(parts):
            raise Missing(path, parts[found] if 0 <= found < len(parts) else path)
        return answer

    def _ensure_loaded(self) -> None:
        if not self._loaded:
            self.load()

    def _prepare(self, path: str) -> None:
        self._ensure_loaded()
        # Second evidence: a name that the worker reports must stand in the file.
        first = path.partition(".")[0]
        if first not in self.source.words:
            raise Missing(path, first)


class Table:
    """A table of test.db that the checker fills with rows drawn anew.

    `rows` is what it holds now: rows of `id`, `name` and one to three more columns, with all that
    a query may wrongly leave out or change: ids of zero and below, names that are missing, empty,
    doubled, in odd case, or have spaces around them.
    """

    ODD_NAMES = (None, "", " ", " Ada ", "ada", "ADA", "Ada", "Ada", "O'Hara", "50 %", "Zoë")

    COLUMNS = ("email", "city", "age", "score", "team", "joined", "active", "phone")

    def __init__(self, program: Program, name: str, draw: random.Random) -> None:
        self._program = program
        self._name = name
        self._draw = draw
        self.rows: list[dict[str, Any]] = []

    def refill(self, at_least: int = 21) -> None:
        """Replace columns and rows by others, and by another number of them: up to 20 more.

        Raises `ValueError` where that is more than an answer can hold.
        """
        if at_least > MOST_ROWS:
            raise ValueError(f"at_least may be {MOST_ROWS} at most, not {at_least}")
        columns = self._draw.sample(self.COLUMNS, self._draw.randint(1, 3))
        counts = [n for n in range(at_least, at_least + 20) if n != len(self.rows)]
        self.rows = [self._row(columns) for _ in range(self._draw.choice(counts))]
        for row, name, number in zip(self.rows, self.ODD_NAMES, (0, -1, -7), strict=False):
            row |= {"id": number, "name": name}
        for row, name in zip(self.rows[3:], self.ODD_NAMES[3:], strict=False):
            row["name"] = name
        self._draw.shuffle(self.rows)
        names = ["id INTEGER PRIMARY KEY", "name", *columns]
        marks = ", ".join("?" * len(names))
        self._program.sql(
            [
                (f"DROP TABLE IF EXISTS {self._name}", [[]]),
                (f"CREATE TABLE {self._name} ({', '.join(names)})", [[]]),
                (f"INSERT INTO {self._name} VALUES ({marks})", [[*r.values()] for r in self.rows]),
            ]
        )

    def _row(self, columns: list[str]) -> dict[str, Any]:
        values = [
            self._word() if self._draw.getrandbits(1) else self._draw.getrandbits(13)
            for _ in columns
        ]
        row = {"id": 1 + self._draw.getrandbits(40), "name": self._word().title()}
        return row | dict(zip(columns, values, strict=True))

    def _word(self) -> str:
        return self._draw.randbytes(4).hex()

    @property
    def as_many_rows(self) -> "AsManyRows":
        """Equal to every list or tuple that has as many items as the table has rows."""
        return AsManyRows(len(self.rows))

    @property
    def contents(self) -> "Contents":
        """Equal to every list or tuple of the table's rows with all their columns, in any order."""
        return Contents(self.rows)


class AsManyRows:
    """Equal to every list or tuple of that many items."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, tuple)) and len(other) == self.count

    __hash__ = None  # type: ignore[assignment]  # nothing equal to many values can have one

    def __repr__(self) -> str:
        return f"{self.count} rows"


class Contents:
    """Equal to every list or tuple that holds the same rows in any order."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.count = len(rows)

    @cached_property
    def _in_order(self) -> list[str]:
        return in_order(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, tuple)) and in_order(other) == self._in_order

    __hash__ = None  # type: ignore[assignment]  # nothing equal to many values can have one

    def __repr__(self) -> str:
        return f"{len(self.rows)} rows with the columns {', '.join(self.rows[0])}"


def in_order(rows: Iterable[Any]) -> list[str]:
    """Rows in a form that does not depend on the order of rows and columns."""
    return sorted(
        f"columns {sorted((str(key), repr(value)) for key, value in row.items())}"
        if isinstance(row, dict)
        else repr(row)
        for row in rows
    )


def expect(kind: type[Kind], value: Any) -> Kind:
    """`value`, if it is of that kind; an answer of another shape is garbled."""
    if not isinstance(value, kind):
        raise Garbled("an answer of the wrong shape")
    return value


def decode(described: Any) -> Any:
    """A value out of an answer: plain data as it is, anything else as a `Thing`."""
    if type(described) in PLAIN:
        return described
    match described:
        case {"value": str(text)}:
            return text
        case {"list": [*items]}:
            return [decode(item) for item in items]
        case {"tuple": [*items]}:
            return tuple(decode(item) for item in items)
        case {"dict": [*pairs]}:
            return dict(decode_pair(pair) for pair in pairs)
        case {"type": str(kind), "name": None | str() as name}:
            return Thing(kind, name)
    raise Garbled("a value of the wrong shape")


def decode_pair(pair: Any) -> tuple[Any, Any]:
    """A key and its value out of an answer."""
    match pair:
        case [described, value]:
            key = decode(described)
            return key if isinstance(key, (str, int, float)) else repr(key), decode(value)
    raise Garbled("a value of the wrong shape")


def call_from(note: Any) -> Call:
    """A recorded call out of an answer."""
    match note:
        case {
            "method": str(method),
            "finished": bool(finished),
            "idle": bool(idle),
            "query": None | str() as query,
            "line": None | int() as line,
            "rows": None | int() as rows,
        }:
            return Call(method, finished, idle, query, line, rows)
    raise Garbled("a call of the wrong shape")
