"""Judges steps: runs their pytest suites in this process against learners' code in workers.

One pytest session serves any number of assignments. It collects each suite once and runs its
checks again for every assignment, so that judging costs little more than asking.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest

from checker.diagnosis import Comparison, Diagnosis, Evidence, advise, diagnose
from checker.errors import CheckerError
from checker.kata import PACKAGE, Step
from checker.program import MISSING, Forbidden, Missing, Program, Table
from checker.results import Advice, CheckResult, Limit, Status, StepResult, worst
from checker.sandbox import Limits
from checker.source import Source
from checker.worker import (
    LimitBroken,
    Occupied,
    Orphaned,
    Patched,
    Raised,
    TooLarge,
    Worker,
    WorkerLost,
    without_addresses,
)
from checker.workspace import NoSource

# Nothing but what a suite needs: each plugin left out starts us a little sooner.
UNUSED_PLUGINS = (
    "terminal",
    "cacheprovider",
    "doctest",
    "junitxml",
    "pastebin",
    "faulthandler",
    "debugging",
    "unittest",
    "stepwise",
    "logging",
    "recwarn",
    "legacypath",
    "setuponly",
    "setupplan",
    "tmpdir",
    "monkeypatch",
    "threadexception",
    "unraisableexception",
    "warnings",
    "subtests",
    "capture",
)
LEARNERS_DOING = (
    AssertionError,
    Forbidden,
    Missing,
    Occupied,
    Patched,
    Raised,
    TooLarge,
    WorkerLost,
)


LOST = (
    "The process that starts the workers was lost while this was judged.",
    "Check again; if that does not help, report it to whoever gave you the kata.",
)


@dataclass(frozen=True)
class Assignment:
    """One learner's file for one step; `missing` says why there is none to judge.

    `salt` has the data of this assignment drawn differently from that of others.
    """

    step: Step
    source: bytes = b""
    missing: NoSource | None = None
    salt: str = ""


@dataclass(frozen=True)
class Check:
    """One test of a suite, as its `check` mark and its docstring describe it.

    A `hidden` one counts like any other, but no other check may tell its title.
    """

    id: str
    title: str
    points: int
    hidden: bool
    fix: str | None
    about: str | None
    after: tuple[str, ...]
    item: pytest.Function

    @classmethod
    def of(cls, step: Step, item: pytest.Function) -> "Check":
        """The check that a collected test is; raises `CheckerError` if it is none."""
        mark = item.get_closest_marker("check")
        title = (item.obj.__doc__ or "").strip()
        if mark is None or mark.args or not title or "points" not in mark.kwargs:
            raise CheckerError(
                f"{item.path.name}: {item.name} is no check: "
                "give it a docstring and @pytest.mark.check(points=N)."
            )
        for name, value in mark.kwargs.items():
            if wrong := mark_problem(name, value):
                raise CheckerError(f"{item.path.name}: the mark of {item.name} has {wrong}.")
        after = mark.kwargs.get("after", ())
        return cls(
            id=f"{step.name}.{item.name.removeprefix('test_')}",
            title=title,
            points=mark.kwargs["points"],
            hidden=mark.kwargs.get("hidden", False),
            fix=mark.kwargs.get("fix"),
            about=mark.kwargs.get("about"),
            after=tuple(
                name if "." in name else f"{step.name}.{name}"
                for name in ((after,) if isinstance(after, str) else after)
            ),
            item=item,
        )

    @property
    def place(self) -> str:
        """Where its suite's author finds it."""
        return f"{self.item.path.name}: {self.item.name}"

    @property
    def shown(self) -> str:
        """What a check that waits for this one may call it."""
        return "a hidden check" if self.hidden else self.title


MARK = {
    "points": "a whole number from 0 on",
    "hidden": "True or False",
    "fix": "a text",
    "about": "a text",
    "after": "the name of a check, or a tuple of them",
}
"""What may stand in a check's mark."""


def mark_problem(name: str, value: object) -> str | None:
    """What is wrong with an argument of a check's mark."""
    if name not in MARK:
        return f"{name}, which means nothing: there are {', '.join(MARK)}"
    match name, value:
        case "points", int() if not isinstance(value, bool) and value >= 0:
            return None
        case ("hidden", bool()) | ("fix" | "about", str() | None) | ("after", str()):
            return None
        case "after", tuple() | list() if all(isinstance(one, str) for one in value):
            return None
    return f"{name}={value!r:.80}, which must be {MARK[name]}"


class Examiner:
    """A pytest plugin that runs suites for assignments instead of running them once."""

    def __init__(
        self,
        assignments: Iterable[Assignment],
        suites: Mapping[Path, Step],
        new_worker: Callable[[], Worker],
        limits: Limits,
        seed: int,
        announce: Callable[[StepResult], None],
    ) -> None:
        self.stopped_by: BaseException | None = None
        self.checks: dict[str, list[Check]] = {step.name: [] for step in suites.values()}
        self._broken: dict[Path, str] = {}
        self._assignments = assignments
        self._suites = suites
        self._new_worker = new_worker
        self._limits = limits
        self._seed = seed
        self._announce = announce
        self._program: Program | None = None
        self._table: Table | None = None
        self._comparison: Comparison | None = None
        self._error: BaseException | None = None
        self._lost_in: str | None = None
        self._orphaned: Orphaned | None = None

    @pytest.fixture
    def program(self) -> Program:
        """The learner's program."""
        assert self._program is not None
        return self._program

    @pytest.fixture
    def users(self) -> Table:
        """The table `users` of the program's test.db."""
        assert self._table is not None
        return self._table

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]
    ) -> None:
        """Keep the reason why a suite cannot be read, and the line."""
        if isinstance(node, pytest.Module) and call.excinfo:
            error = call.excinfo.value
            # pytest packs what a module raised into an error of its own.
            self._broken.setdefault(node.path, said_of(error.__cause__ or error, node.path))

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Keep both sides of a comparison that failed."""
        self._comparison = Comparison(got=left, wanted=right)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Keep the exception instead of a rendering of it."""
        assert call.when != "collect"
        if call.excinfo is not None:
            self._error = self._error or call.excinfo.value
        return pytest.TestReport(
            item.nodeid,
            item.location,
            keywords={},
            outcome="failed" if call.excinfo else "passed",
            longrepr=None,
            when=call.when,
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every assignment with the collected suites."""
        try:
            self._collect(session)
            for assignment in self._assignments:
                self._announce(self._judge(assignment, self.checks[assignment.step.name]))
        except BaseException as error:  # pytest would turn it into a traceback of its own
            self.stopped_by = error
        return True

    def _collect(self, session: pytest.Session) -> None:
        """Sort the tests by step; raises `CheckerError` for a suite that cannot be used."""
        found = [item for item in session.items if isinstance(item, pytest.Function)]
        empty = sorted(self._suites.keys() - {item.path for item in found})
        if empty:
            path = min(self._broken.keys() & empty, default=empty[0])
            said = self._broken.get(path, "there is no test in it")
            raise CheckerError(
                f"The suite {path.name} cannot be read ({said}). "
                "Install the kata again, or mend it if it is yours."
            )
        seen = set()
        for item in found:
            step = self._suites[item.path]
            check = Check.of(step, item)
            if check.id in seen:
                raise CheckerError(
                    f"{check.place}: there is another check {check.id}: rename this test."
                )
            seen.add(check.id)
            self.checks[step.name].append(check)
        for checks in self.checks.values():
            refuse_unknown_after(checks)

    def _judge(self, assignment: Assignment, checks: list[Check]) -> StepResult:
        began = time.monotonic()
        if assignment.missing is not None:
            return self._result(assignment, [not_handed_in(assignment)], began)
        result = self._judge_source(assignment, checks, began)
        if self._orphaned:  # nobody's fault, so it is judged again, once
            result = self._judge_source(assignment, checks, began)
        return result

    def _judge_source(
        self, assignment: Assignment, checks: list[Check], began: float
    ) -> StepResult:
        source = Source(assignment.source)
        results: list[CheckResult] = []
        limit: Limit | None = None
        self._lost_in = self._orphaned = None
        with self._new_worker() as worker:
            worker.take(source.data, self._limits)
            self._program = program = Program(worker, source)
            drawn_from = (str(self._seed), assignment.step.name, assignment.salt)
            draw = random.Random(":".join(filter(None, drawn_from)))
            self._table = Table(program, "users", draw)
            for check in checks:
                failed = [
                    earlier
                    for earlier, was in zip(checks, results, strict=False)
                    if was.status is not Status.PASSED
                ]
                results.append(self._run(check, failed))
                if isinstance(self._error, LimitBroken):
                    limit = limit or self._error.limit
            advice = advise(source, warnings_of(program)) if passed(results) else ()
        return self._result(assignment, results, began, limit, worker.output, advice)

    def _result(
        self,
        assignment: Assignment,
        checks: list[CheckResult],
        began: float,
        limit: Limit | None = None,
        output: str = "",
        advice: tuple[Advice, ...] = (),
    ) -> StepResult:
        return StepResult(
            step=assignment.step.name,
            title=assignment.step.title,
            status=worst(check.status for check in checks),
            score=sum(check.score for check in checks),
            max_score=sum(check.max_score for check in checks),
            duration=round(time.monotonic() - began, 3),
            limit=limit,
            output=output,
            checks=tuple(checks),
            advice=advice,
        )

    def _run(self, check: Check, failed: list[Check]) -> CheckResult:
        """Run one check, unless one that it builds on is among those that did not pass."""
        self._error = self._comparison = None
        blocking = (other.shown for other in failed if other.id in check.after)
        ground = self._lost_in or next(blocking, None)
        if ground:
            return result_of(check, Status.SKIPPED, Diagnosis(f"Waits for: {ground}."))
        assert self._program is not None
        self._program.seen = MISSING
        check.item.ihook.pytest_runtest_protocol(item=check.item, nextitem=None)
        if self._error is None:
            return result_of(check, Status.PASSED)
        if isinstance(self._error, Orphaned):
            self._orphaned, self._lost_in = self._error, check.shown
            return result_of(check, Status.ERROR, Diagnosis(*LOST))
        if not isinstance(self._error, LEARNERS_DOING) or is_ours(self._error, check):
            told = said_of(self._error, check.item.path)
            fault = f"The suite of this step failed itself ({check.place}: {told})."
            return result_of(
                check, Status.ERROR, Diagnosis(fault, "Report it to whoever gave you the kata.")
            )
        if isinstance(self._error, WorkerLost):
            self._lost_in = check.shown
        evidence = Evidence(
            error=self._error,
            about=check.about,
            fix=check.fix,
            comparison=self._comparison,
            seen=self._program.seen,
            queries=self._program.queries,
            warnings=warnings_of(self._program),
        )
        ours = self._suites[check.item.path].suite == check.item.path
        return result_of(check, Status.FAILED, diagnosis_of(evidence, self._program.source, ours))


def refuse_unknown_after(checks: list[Check]) -> None:
    """Raise `CheckerError` if one of a step's checks waits for none of those that run before it."""
    for place, check in enumerate(checks):
        earlier = [other.id for other in checks[:place]]
        for name in check.after:
            if name not in earlier:
                names = ", ".join(one.partition(".")[2] for one in earlier) or "none"
                raise CheckerError(
                    f"{check.place}: after names {name}, and the checks before it are {names}: "
                    "name one of them, or leave after out."
                )


def diagnosis_of(evidence: Evidence, source: Source, ours: bool) -> Diagnosis:
    """The diagnosis of a failed check, if only in the words of the suite.

    A verdict stands whatever a hostile file does to the rules that explain it.
    """
    try:
        # The kata's names belong into every file, so there is a line to mark; others may not.
        if not ours and not is_used(evidence.about, source):
            evidence = replace(evidence, about=None)
        return diagnose(evidence, source)
    except Exception as error:
        told = str(evidence.error).partition("\n")[0] or type(evidence.error).__name__
        return Diagnosis(told[:500], evidence.fix, None, f"not explained ({error!r:.200})")


def is_used(name: str | None, source: Source) -> bool:
    """Whether a file has a name, or an attribute of one."""
    return bool(name and (source.binding(name) or source.attributes(name)))


def said_of(error: BaseException, path: Path) -> str:
    """What an error says, in one line, and in which line of a suite it was raised."""
    frames = walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
    message = str(error)
    if isinstance(error, SyntaxError):
        lines, message = [error.lineno or 1], error.msg
    if isinstance(error, pytest.FixtureLookupError):
        message = f"there is no fixture {error.argname}"
    words = " ".join(f"{type(error).__name__}: {message}".split()).rstrip(": ")
    return (f"line {lines[-1]}: " if lines else "") + words[:200]


def is_ours(error: BaseException, check: Check) -> bool:
    """Whether an assertion failed elsewhere than in the suite: in pytest, or in this package."""
    if not isinstance(error, AssertionError) or error.__traceback__ is None:
        return False
    *_, (last, _) = walk_tb(error.__traceback__)
    return last.f_code.co_filename != str(check.item.path)


def warnings_of(program: Program) -> list[Any]:
    """The warnings that a program caused; none if it is no longer there to be asked."""
    try:
        return program.warnings()
    except LEARNERS_DOING:
        return []


def passed(results: list[CheckResult]) -> bool:
    """Whether all checks passed."""
    return worst(result.status for result in results) is Status.PASSED


def result_of(check: Check, status: Status, diagnosis: Diagnosis | None = None) -> CheckResult:
    """The result of a check."""
    return CheckResult(
        id=check.id,
        title=check.title,
        status=status,
        score=check.points if status is Status.PASSED else 0,
        max_score=check.points,
        problem=without_addresses(diagnosis.problem) if diagnosis else None,
        fix=diagnosis.fix if diagnosis else None,
        location=diagnosis.location if diagnosis else None,
        detail=without_addresses(diagnosis.detail) if diagnosis and diagnosis.detail else None,
    )


def not_handed_in(assignment: Assignment) -> CheckResult:
    """The one check of a step for which there is no file to judge."""
    return CheckResult(
        id=f"{assignment.step.name}.handed_in",
        title="there is a file to judge",
        status=Status.FAILED,
        score=0,
        max_score=assignment.step.points,
        problem=assignment.missing.problem if assignment.missing else None,
        fix=assignment.missing.fix if assignment.missing else None,
    )


def examine(
    assignments: Iterable[Assignment],
    steps: Iterable[Step],
    new_worker: Callable[[], Worker],
    limits: Limits,
    seed: int,
    announce: Callable[[StepResult], None],
    more_suites: Mapping[Path, Step] | None = None,
) -> None:
    """Judge assignments for some of `steps`, announcing each result as soon as it is there.

    `more_suites` are pytest files whose checks are added to those of a step. Raises
    `CheckerError` if a suite cannot be used.
    """
    suites = suites_for(steps, more_suites)
    run_session(Examiner(assignments, suites, new_worker, limits, seed, announce), suites)


def collect(
    steps: Iterable[Step], more_suites: Mapping[Path, Step] | None = None
) -> dict[str, list[Check]]:
    """The checks of each step by its name; raises `CheckerError` if a suite cannot be used."""
    suites = suites_for(steps, more_suites)
    examiner = Examiner((), suites, no_worker, Limits(), 0, lambda _: None)
    run_session(examiner, suites)
    return examiner.checks


def no_worker() -> Worker:
    """What gives out workers where nothing is judged."""
    raise CheckerError("A worker was asked for where nothing is judged.")


def suites_for(steps: Iterable[Step], more_suites: Mapping[Path, Step] | None) -> dict[Path, Step]:
    """All pytest files to run, with the step that each is about."""
    return {step.suite: step for step in steps} | dict(more_suites or {})


def run_session(examiner: Examiner, suites: Iterable[Path]) -> None:
    """Run one pytest session for the examiner."""
    arguments = [
        f"--config-file={PACKAGE / 'suite.ini'}",
        f"--rootdir={PACKAGE}",
        "--noconftest",
        "--strict-markers",
        "--import-mode=importlib",
        *(f"-pno:{name}" for name in UNUSED_PLUGINS),
        *map(str, suites),
    ]
    with own_environment():
        status = pytest.main(arguments, plugins=[examiner])
    if examiner.stopped_by is not None:
        raise examiner.stopped_by
    if status is pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise CheckerError("The suites cannot be run. Install the kata again.")


@contextmanager
def own_environment() -> Iterator[None]:
    """Keep pytest from options and plugins that the user's environment asks for."""
    # Where it sees one of the last two, it compares texts in full, however long they are.
    names = (
        *("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"),
        *("CI", "BUILD_NUMBER"),
    )
    saved = {name: os.environ.pop(name, None) for name in names}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name, value in saved.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
