"""The gradebook: a SQLite file that holds what was handed in and every result, at once."""

import errno
import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from checker.errors import CheckerError, UnusableInput
from checker.files import real
from checker.grading.conditions import Conditions
from checker.grading.intake import Taken
from checker.grading.model import Graded, Refusal, Suite, SuiteCheck
from checker.grading.rules import Rules
from checker.grading.submission import Submission, missing_from, told
from checker.results import (
    SCHEMA,
    CheckResult,
    Head,
    Location,
    Status,
    StepResult,
    as_json,
    worst,
)
from checker.workspace import NoSource

FILE = "gradebook.sqlite"
MOST = 1 << 31
"""More points, lines and seconds than there can be."""
APPLICATION = 0x6B617461  # "kata", which tells our files from other people's
VERSION = 2
TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE submission (
    name TEXT PRIMARY KEY,
    notes TEXT NOT NULL,    -- JSON: sentences of intake
    intake INTEGER NOT NULL -- the intake that saw it last
);
CREATE TABLE file (submission TEXT, step TEXT, source TEXT, PRIMARY KEY (submission, step));
CREATE INDEX file_source ON file (step, source);
CREATE TABLE source (
    key TEXT PRIMARY KEY,   -- the digest of a file, or a reason itself
    data BLOB NOT NULL      -- a learner's file, or as JSON text why there is none
);
CREATE TABLE verdict (
    step TEXT,
    source TEXT,
    judged TEXT,            -- under which conditions, unless that failed by our own fault
    status TEXT NOT NULL,
    result TEXT NOT NULL,   -- JSON, with the points of the suites
    PRIMARY KEY (step, source)
);
CREATE TABLE refusal (name TEXT NOT NULL, reason TEXT NOT NULL);
CREATE VIEW pending AS
SELECT submission, step, source FROM file LEFT JOIN verdict USING (step, source)
WHERE judged IS NOT (SELECT value FROM about WHERE key = 'fingerprint');
CREATE VIEW present AS
SELECT name, notes, NOT EXISTS (SELECT 1 FROM pending WHERE submission = name) AS done
FROM submission
WHERE intake = (SELECT CAST(value AS INTEGER) FROM about WHERE key = 'intake');
"""


class Progress(NamedTuple):
    """How many submissions there are, and how many of them are graded."""

    submissions: int
    graded: int


class Gradebook:
    """The grades of a class in a folder; as `Grades`, what the last intake saw and is graded.

    What is judged is a file, once for all who handed in the same bytes for the same step. Only one
    process at a time has it open. Every change is on disk when its call returns, and a process that
    is killed leaves what it had finished.
    """

    def __init__(self, path: Path, *, new_folder: bool = False) -> None:
        self._path = path
        self._new_folder = new_folder
        self._connection = connect(path)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The gradebook in a folder, made if there is none.

        Raises `UnusableInput` if the folder holds something else, or a newer gradebook.
        """
        new = prepare(folder)
        return cls(folder / FILE, new_folder=new)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The gradebook in a folder, or at a path; raises `UnusableInput` if there is none."""
        path = folder / FILE if folder.is_dir() else folder
        if not path.is_file():
            raise UnusableInput(f"There is no gradebook at {str(folder)!r}: name one.")
        return cls(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was recorded stays."""
        with sqlite_told():
            self._connection.close()

    def abandon(self) -> None:
        """Close the file because something went wrong; if nothing was ever taken in, remove it.

        So is its folder if this made it.
        """
        with suppress(CheckerError):
            empty = not self._value(
                "SELECT (SELECT count(*) FROM submission) + count(*) FROM refusal"
            )
            self.close()
            if empty:
                self._path.unlink(missing_ok=True)
                if self._new_folder:
                    with suppress(OSError):  # somebody else put something there
                        self._path.parent.rmdir()

    # What was handed in

    def take_in(
        self, things: Iterable[Taken], *, source: str = "", may_be_none: bool = False
    ) -> Progress:
        """Store what was handed in, all of it or nothing.

        `source` is from where it was taken in. Raises `UnusableInput` if the grades here are those
        of another class, if some are missing from another source than last time, or if nothing was
        handed in; with `may_be_none` it is enough if something was refused.
        """
        with self._all_or_nothing():
            known = self._value("SELECT count(*) FROM submission")
            missing = set(self.names)
            with self._ours_told():
                intake = int(self._about("intake", "0")) + 1
            self._note("intake", str(intake))
            self._run("DELETE FROM refusal")
            for thing in things:
                if isinstance(thing, Refusal):
                    self._run("INSERT INTO refusal VALUES (?, ?)", thing.name, thing.reason)
                else:
                    self._store(thing, intake)
            self._check_class(known, may_be_none)
            missing -= set(self.names)
            if missing and source != self._about("source", source):
                more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
                raise UnusableInput(
                    f"The folder for the results holds the grades of {min(missing)}{more}, not "
                    "found at this PATH: name every PATH as before, or name a new folder with "
                    "--out DIR."
                )
            self._note("source", source)
        return self.progress

    def _store(self, submission: Submission, intake: int) -> None:
        self._run(
            "INSERT OR REPLACE INTO submission VALUES (?, ?, ?)",
            submission.name,
            json.dumps(submission.notes),
            intake,
        )
        self._run("DELETE FROM file WHERE submission = ?", submission.name)
        for step, file in submission.files.items():
            data = json.dumps(told(file)) if isinstance(file, NoSource) else file
            # A reason is its own key, which no file's digest can be.
            key = data if isinstance(data, str) else hashlib.sha256(data).hexdigest()
            self._run("INSERT OR IGNORE INTO source VALUES (?, ?)", key, data)
            self._run("INSERT INTO file VALUES (?, ?, ?)", submission.name, step, key)

    def _check_class(self, known: int, may_be_none: bool) -> None:
        seen, refused = self.progress.submissions, self.refused
        if seen == 0 and not (may_be_none and refused):
            first = f" ({refused[0].name}: {refused[0].reason}"[:400] if refused else ""
            more = f" And {len(refused) - 1} more" if len(refused) > 1 else ""
            raise UnusableInput(
                f"There are no submissions{first}{more}{')' * bool(refused)}: "
                "name a folder of submissions, a submission, or an archive."
            )
        if known and seen and self._value("SELECT count(*) FROM submission") == known + seen:
            raise UnusableInput(
                "The folder for the results holds the grades of another class: name a new one "
                "with --out DIR."
            )

    # Grading

    def begin(
        self, conditions: Conditions, suites: Sequence[Suite], rules: Rules, *, again: bool
    ) -> None:
        """Fix how submissions are judged from now on.

        With `again` everything is graded anew, unless a run that was begun so was interrupted.
        """
        with self._all_or_nothing():
            progress = self.progress
            unfinished = progress.graded < progress.submissions
            if again and not (self._about("again", "") and unfinished):
                self._run("DELETE FROM verdict")
            self._note("again", "yes" if again else "")
            self._note("conditions", json.dumps(conditions.to_json()))
            self._note("fingerprint", conditions.fingerprint)
            self._note("suites", json.dumps([asdict(suite) for suite in suites]))
            self._note("rules", json.dumps(rules.to_json()))

    @property
    def conditions(self) -> Conditions | None:
        """How submissions are judged; `None` in a gradebook that never began."""
        found = self._about("conditions", "")
        with self._ours_told():
            return Conditions.from_json(json.loads(found)) if found else None

    def to_grade(self) -> Iterator[Submission]:
        """The submissions that are still to be graded, each with the files to judge for it.

        Others may be recorded meanwhile.
        """
        name: str | None = ""
        while name is not None:
            row = self._row(
                "SELECT name FROM present WHERE NOT done AND name > ? ORDER BY name LIMIT 1", name
            )
            if row is None:
                return
            name = str(row[0])
            pending = self._rows(
                "SELECT step, data FROM pending LEFT JOIN source ON key = source "
                "WHERE submission = ?",
                name,
            )
            with self._ours_told():
                files = {step: file_from(data) for step, data in pending}
            yield Submission(name, files)

    def record(self, name: str, steps: Sequence[StepResult]) -> Counter[Status]:
        """Keep the results of a submission's files; what ended in error is judged again next time.

        Returns how the submissions came out that are graded now, and were not: one that handed in
        the same may be among them.
        """
        self.__dict__.pop("head", None)
        with self._all_or_nothing():
            pending = dict(
                self._rows("SELECT step, source FROM pending WHERE submission = ?", name)
            )
            judged = [(step, pending[step.step]) for step in steps if step.step in pending]
            waiting = {
                who
                for step, source in judged
                for (who,) in self._rows(
                    "SELECT submission FROM pending WHERE step = ? AND source = ?",
                    step.step,
                    source,
                )
            }
            for step, source in judged:
                self._run(
                    "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?)",
                    step.step,
                    source,
                    None if step.status is Status.ERROR else self._about("fingerprint", ""),
                    step.status,
                    json.dumps(as_json(step)),
                )
            return Counter(filter(None, map(self._status, waiting)))

    @property
    def progress(self) -> Progress:
        """How far grading is."""
        row = self._row("SELECT count(*), ifnull(sum(done), 0) FROM present")
        assert row is not None
        return Progress(*row)

    @property
    def statuses(self) -> Counter[Status]:
        """How many submissions that are graded came out how."""
        return Counter(filter(None, map(self._status, self.names)))

    def _status(self, name: str) -> Status | None:
        """How a submission came out, if it is graded."""
        row = self._row(
            "SELECT group_concat(DISTINCT status) FROM present JOIN file ON submission = name "
            "JOIN verdict USING (step, source) WHERE done AND name = ?",
            name,
        )
        with self._ours_told():
            return worst(map(Status, row[0].split(","))) if row and row[0] else None

    # What reports are made of

    @cached_property
    def head(self) -> Head:
        """What the reports say about the run as a whole; points are those of all submissions."""
        conditions = self.conditions
        assert conditions is not None
        statuses, score, most = set(), 0, 0
        for graded in self:
            statuses.add(graded.result.status)
            score += graded.result.score
            most += graded.result.max_score
        return Head(
            schema=SCHEMA,
            kata=conditions.kata,
            isolation=conditions.isolation,
            seed=conditions.seed,
            status=worst(statuses),
            score=score,
            max_score=most,
        )

    @property
    def suites(self) -> tuple[Suite, ...]:
        """The steps with their checks, in order, with the points of the rules."""
        with self._ours_told():
            return tuple(
                Suite(**suite | {"checks": tuple(SuiteCheck(**check) for check in suite["checks"])})
                for suite in json.loads(self._about("suites", "[]"))
            )

    @property
    def rules(self) -> Rules:
        """The rules that points are given by."""
        with self._ours_told():
            return Rules.from_json(json.loads(self._about("rules", "{}")))

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """What intake could not take, in order of names."""
        rows = self._rows("SELECT name, reason FROM refusal ORDER BY name, reason")
        return tuple(Refusal(*row) for row in rows)

    @property
    def names(self) -> Iterator[str]:
        """The names of all submissions that intake saw last, graded or not."""
        for (name,) in self._rows("SELECT name FROM present ORDER BY name"):
            yield name

    def __iter__(self) -> Iterator[Graded]:
        """Every graded submission, in order of names."""
        rules, suites, kept = self.rules, self.suites, Results()
        rows = self._rows("SELECT name, notes FROM present ORDER BY name")
        with closing(rows):
            for name, notes in rows:
                files = self._rows(
                    "SELECT step, data, result FROM file LEFT JOIN source ON key = source "
                    "LEFT JOIN verdict USING (step, source) WHERE submission = ?",
                    name,
                )
                with self._ours_told():
                    found = {step: (file_from(data), result) for step, data, result in files}
                    steps = [found[suite.step] for suite in suites]
                    if any(result is None for _, result in steps):
                        continue
                    results = [kept.result_from(json.loads(result)) for _, result in steps]
                    result, late = rules.apply(name, results, suites)
                    sources = {
                        step: file for step, (file, _) in found.items() if isinstance(file, bytes)
                    }
                    graded = Graded(result, sources, tuple(json.loads(notes)), late)
                yield graded

    @contextmanager
    def _ours_told(self) -> Iterator[None]:
        """Turn what only contents that are not ours can lead to into a sentence."""
        try:
            yield
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise UnusableInput(
                f"The gradebook {str(self._path)!r} is damaged, or was not written by the checker "
                f"({type(error).__name__}): name another folder."
            ) from error

    # SQL

    def _about(self, key: str, otherwise: str) -> str:
        row = self._row("SELECT value FROM about WHERE key = ?", key)
        return str(row[0]) if row else otherwise

    def _note(self, key: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO about VALUES (?, ?)", key, value)

    def _run(self, statement: str, *values: Any) -> None:
        with sqlite_told():
            self._connection.execute(statement, values)

    def _row(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        with sqlite_told():
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
            return row

    def _value(self, statement: str) -> int:
        row = self._row(statement)
        assert row is not None
        return int(row[0])

    def _rows(self, statement: str, *values: Any) -> Generator[tuple[Any, ...]]:
        with sqlite_told():
            cursor = self._connection.execute(statement, values)
            try:
                yield from cursor
            finally:
                with suppress(sqlite3.ProgrammingError):  # the gradebook may be closed already
                    cursor.close()

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._run("COMMIT")


class Results:
    """Makes results of what is kept; raises what `_ours_told` expects for what cannot be ours.

    Most checks of a class are alike, so that one that was made is given again.
    """

    MOST_KEPT = 1_000

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], CheckResult] = {}

    def result_from(self, document: dict[str, Any]) -> StepResult:
        """A step's result out of its document."""
        result = StepResult.from_json(document, self._check_from)
        refuse_others(
            texts=[result.step, result.title, result.output, *(one.text for one in result.advice)],
            counts=[result.score, result.max_score],
            places=[one.location for one in result.advice],
        )
        if not 0 <= result.duration < MOST:
            raise ValueError("a duration that none can be")
        return result

    def _check_from(self, document: dict[str, Any]) -> CheckResult:
        if document["location"] is not None:
            return check_from(document)
        key = tuple(document.items())
        made = self._made.get(key)
        if made is None:
            made = check_from(document)
            if len(self._made) < self.MOST_KEPT:
                self._made[key] = made
        return made


def check_from(document: dict[str, Any]) -> CheckResult:
    """A check's result out of its document."""
    check = CheckResult.from_json(document)
    told = [text for text in (check.problem, check.fix, check.detail) if text]
    refuse_others(
        texts=[check.id, check.title, *told],
        counts=[check.score, check.max_score],
        places=[check.location],
    )
    return check


def refuse_others(texts: list[Any], counts: list[Any], places: Iterable[Location | None]) -> None:
    """Raise `TypeError` for what is no text or no number where one belongs."""
    for place in places:
        if place:
            texts.append(place.file)
            counts += (place.line, place.column)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("something else where a text belongs")
    if not all(type(number) is int and 0 <= number < MOST for number in counts):
        raise TypeError("something else where a number belongs")


def file_from(data: Any) -> bytes | NoSource:
    """A file as it is kept, or why there is none; raises `ValueError` if it is neither."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return missing_from(json.loads(data))
    raise ValueError("a source is missing")


def prepare(folder: Path) -> bool:
    """Make the folder for a gradebook, unless it is there; returns whether it is new.

    Raises `UnusableInput` if it cannot be one's folder.
    """
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, "no permission to write there")
        if not (folder / FILE).exists() and any(folder.iterdir()):
            raise UnusableInput(
                f"The folder {str(folder)!r} holds other things than grades: "
                "name one that is new or empty with --out DIR."
            )
    except OSError as error:
        raise UnusableInput(
            f"The folder {str(folder)!r} cannot be used ({error.strerror}): name another one."
        ) from error
    return new


def connect(path: Path) -> sqlite3.Connection:
    """The connection to a gradebook; raises `UnusableInput` if the file is none that we can use."""
    for beside in (path.with_name(f"{path.name}{end}") for end in ("-journal", "-wal", "-shm")):
        if beside.exists() and not beside.is_file():  # SQLite would wait for a pipe for ever
            raise UnusableInput(f"{str(beside)!r} is no plain file: remove it.")
    with sqlite_told():
        try:
            connection = sqlite3.connect(
                f"{real(path).as_uri()}?mode=rwc", uri=True, isolation_level=None, timeout=1
            )
            # What is damaged is to be seen, not to end the run.
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            # One process at a time; that also spares the log its shared memory.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            make_tables(connection, path)
        except sqlite3.DatabaseError as error:
            if "not a database" in str(error):
                raise not_ours(path) from error
            if error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
                raise UnusableInput(
                    f"The gradebook {str(path)!r} cannot be written ({error}): check the "
                    "permissions of its folder, or name another one."
                ) from error
            raise
        return connection


def make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new gradebook, or check that an old one is of a version we know."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(
            f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION}; "
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
    elif application != APPLICATION:
        raise not_ours(path)
    elif version != VERSION:
        newer = version > VERSION
        raise UnusableInput(
            f"The gradebook {str(path)!r} was written by {'a newer' if newer else 'an older'} "
            f"version of the checker: {'update this one, or ' * newer}name another folder."
        )
    else:
        refuse_more(connection, path)


def refuse_more(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `UnusableInput` if a gradebook holds more than our tables, or names that are no text.

    A view or trigger of somebody else's would run as part of our statements, perhaps without end.
    The words of `TABLES` count, comments too: change them only with the `VERSION`.
    """
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(TABLES)
        expected = set(ours.execute(schema))
    names = "SELECT count(*) FROM submission WHERE typeof(name) != 'text'"
    if set(connection.execute(schema)) != expected or connection.execute(names).fetchone() != (0,):
        raise not_ours(path)


def not_ours(path: Path) -> UnusableInput:
    """The error for a file that is no gradebook."""
    return UnusableInput(f"{str(path)!r} is no gradebook: name another folder.")


@contextmanager
def sqlite_told() -> Iterator[None]:
    """Turn what SQLite reports into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise UnusableInput(
                "The gradebook is in use: wait until the other run has ended."
            ) from error
        raise CheckerError(
            f"The gradebook cannot be written or read ({error}): free some disk space or check "
            "permissions, and run the same command again; what was graded stays."
        ) from error
