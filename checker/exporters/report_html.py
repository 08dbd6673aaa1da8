"""`report.html`: the class in one page that needs nothing but a browser.

The table is plain HTML. What a student's details show stands beside each row as JSON, and the
page makes it visible when it is asked for: that keeps a page for thousands quick. Three walls
keep texts of submissions from becoming code: they are made printable, Jinja escapes them (and the
script only ever sets `textContent`), and the page's policy runs nothing but our own script.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape
from jinja2.loaders import FileSystemLoader
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from checker.exporters.excerpt import Excerpt
from checker.exporters.overview import Counted, Overview
from checker.exporters.report_md import first_problem
from checker.exporters.student import hidden_checks
from checker.exporters.text import json_text, one_line, some_lines
from checker.files import replacing
from checker.grading.model import Graded, Grades, Suite
from checker.results import CheckResult, Location, Status, StepResult, as_json

FILE = "report.html"
PAGE = Path(__file__).with_name("page")
MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.ERROR: "!"}
LINES_AROUND = 60


@dataclass(frozen=True)
class Cell:
    """One step in a row of the table; an empty status means that it was not judged."""

    status: str
    mark: str
    score: int | str

    @classmethod
    def of(cls, step: StepResult | None) -> "Cell":
        """The cell for a step's result."""
        return cls(step.status, MARKS[step.status], step.score) if step else cls("", "", "")


@dataclass(frozen=True)
class Row:
    """One submission in the table; `open` has the steps that did not pass, with spaces between."""

    name: str
    status: str
    score: int
    open: str
    steps: tuple[Cell, ...]
    problem: str
    notes: str
    details: Markup

    @classmethod
    def of(cls, graded: Graded, suites: tuple[Suite, ...], hidden: frozenset[str]) -> "Row":
        """The row of a submission."""
        result = graded.result
        judged = {step.step: step for step in result.steps}
        passed = {step.step for step in result.steps if step.status is Status.PASSED}
        return cls(
            name=one_line(result.submission),
            status=result.status,
            score=result.score,
            open=" ".join(suite.step for suite in suites if suite.step not in passed),
            steps=tuple(Cell.of(judged.get(suite.step)) for suite in suites),
            problem=one_line(first_problem(graded)),
            notes=one_line(" ".join(graded.notes)),
            details=htmlsafe_json_dumps(details(graded, hidden), dumps=json_text),
        )


def export(grades: Grades, folder: Path) -> None:
    """Write `report.html`."""
    with replacing(folder / FILE) as file:
        file.writelines(page(grades))


def page(grades: Grades) -> Iterator[str]:
    """The page, piece by piece."""
    overview = Overview.of(grades)
    hidden = hidden_checks(grades.suites)
    style, script = ((PAGE / name).read_text("utf-8") for name in ("report.css", "report.js"))
    stream = (
        environment()
        .get_template(FILE)
        .stream(
            style=Markup(style),  # noqa: S704  # our own file
            style_hash=content_hash(style),
            script=Markup(script),  # noqa: S704  # our own file
            script_hash=content_hash(script),
            head=grades.head,
            suites=grades.suites,
            overview=overview,
            most_in_band=max(count for _, count in overview.bands),
            passed=[
                (suite.step, suite.title, overview.passed[suite.step]) for suite in grades.suites
            ],
            missed=shown(overview.checks_missed),
            mistakes=shown(overview.mistakes_made),
            refused=[(one_line(item.name), one_line(item.reason)) for item in grades.refused],
            rows=(Row.of(graded, grades.suites, hidden) for graded in grades),
        )
    )
    stream.enable_buffering(100)
    return iter(stream)


def environment() -> Environment:
    """A Jinja environment that escapes, and that fails where a name is missing."""
    return Environment(
        loader=FileSystemLoader(PAGE), autoescape=select_autoescape(), undefined=StrictUndefined
    )


def content_hash(text: str) -> str:
    """The hash by which a content security policy knows an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def shown(counted: list[Counted]) -> list[Counted]:
    """Counted texts, made harmless."""
    return [(one_line(step), one_line(text), count) for step, text, count in counted]


def details(graded: Graded, hidden: frozenset[str]) -> dict[str, Any]:
    """What the page shows of one submission when it is asked for."""
    result = graded.result
    return {
        "name": one_line(result.submission),
        "score": result.score,
        "max_score": result.max_score,
        "notes": [one_line(note) for note in graded.notes],
        "steps": [
            step_details(step, graded.sources.get(step.step), hidden) for step in result.steps
        ],
    }


def step_details(step: StepResult, source: bytes | None, hidden: frozenset[str]) -> dict[str, Any]:
    """What the page shows of one step."""
    places = [problem.location for problem in step.problems if problem.location]
    return {
        "step": step.step,
        "title": one_line(step.title),
        "status": step.status,
        "score": step.score,
        "max_score": step.max_score,
        "limit": step.limit,
        "checks": [check_details(check, check.id in hidden) for check in step.checks],
        "advice": [one_line(advice.told) for advice in step.advice],
        "code": code(source, places) if source else None,
        "output": some_lines(step.output) if step.output.strip() else [],
    }


def check_details(check: CheckResult, hidden: bool) -> dict[str, Any]:
    """What the page shows of one check; texts that it has not are left out."""
    place = check.location
    texts = {
        "problem": check.problem,
        "fix": check.fix,
        "detail": check.detail,
        "place": f"{place.file}, line {place.line}" if place else None,
    }
    return {
        "title": one_line(check.title),
        "status": check.status,
        "score": check.score,
        "max_score": check.max_score,
        "hidden": hidden,
        **{name: one_line(text) for name, text in texts.items() if text},
    }


def code(source: bytes, places: Sequence[Location]) -> dict[str, Any]:
    """A learner's file, or as much of it around the first place as one looks at."""
    shown: dict[str, Any] = as_json(Excerpt.around(source, places, LINES_AROUND, LINES_AROUND))
    return shown
