"""GitHub Classroom's result: base64 of a JSON document, as an output of a workflow's step.

Its reader is https://github.com/classroom-resources/autograding-grading-reporter; the fields are
those that it reads, and that
https://github.com/classroom-resources/autograding-python-grader writes. The reporter adds up the
`score` of the tests; its older versions take the share of tests that passed of `max_score`. Both
come to the same because every test is worth the same: a check of five points is five tests.
"""

import base64
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from checker.exporters.text import json_text, one_line
from checker.results import CheckResult, Report, Status

STATUSES = {Status.PASSED: "pass", Status.ERROR: "error"}


def write(report: Report, path: Path, name: str = "result") -> None:
    """Append the result to the file that `GITHUB_OUTPUT` names, as the output `name`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{name}={encoded(report)}\n")


def encoded(report: Report) -> str:
    """The result of a report, on one line."""
    return base64.b64encode(json_text(document(report)).encode()).decode()


def document(report: Report) -> dict[str, Any]:
    """The result of a report in Classroom's form; a `line_no` of 0 is one that is not shown."""
    checks = [check for step in report.steps for check in step.checks]
    unit = math.gcd(*(check.max_score for check in checks)) or 1
    return {
        "version": 1,
        "status": STATUSES.get(report.status, "fail"),
        "max_score": report.max_score,
        "tests": list(tests(checks, unit)),
    }


def tests(checks: Sequence[CheckResult], unit: int) -> Iterator[dict[str, Any]]:
    """Tests worth `unit` points each, as many as the points of every check take."""
    for check in checks:
        count = check.max_score // unit
        for number in range(1, count + 1):
            part = f" ({number} of {count})" if count > 1 else ""
            yield {
                "name": one_line(f"{check.id.partition('.')[0]}: {check.title}{part}"),
                "status": STATUSES.get(check.status, "fail"),
                "score": unit if check.status is Status.PASSED else 0,
                "message": one_line(check.problem or "") or None,
                "test_code": "",
                "filename": check.location.file if check.location else "",
                "line_no": check.location.line if check.location else 0,
            }
