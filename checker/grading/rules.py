"""An instructor's rules: points for single checks, and what lateness costs; a small TOML file."""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from checker.errors import UnusableInput
from checker.grading.model import Lateness, Suite
from checker.results import CheckResult, Status, StepResult, SubmissionResult

WHOLE = 100


@dataclass(frozen=True)
class Rules:
    """Points by check id, and what of a hundred points a day of lateness costs, up to a limit."""

    points: Mapping[str, int] = field(default_factory=dict)
    percent_per_day: int = 0
    most_percent: int = WHOLE
    days_late: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Rules":
        """The rules in a file; raises `UnusableInput` naming everything that is wrong with it."""
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise UnusableInput(
                f"The rules {str(path)!r} cannot be read ({why}): name a TOML file with --rules."
            ) from error
        late = table.get("late", {})
        problems = rules_problems(table, late)
        if problems:
            raise UnusableInput(f"The rules {str(path)!r} cannot be used: {'; '.join(problems)}.")
        return cls(
            points=table.get("points", {}),
            percent_per_day=late.get("percent_per_day", 0),
            most_percent=late.get("most_percent", WHOLE),
            days_late=late.get("days", {}),
        )

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Rules":
        """The rules that `to_json` made this document of; raises `ValueError` for what is none."""
        rules = cls(**document)
        late = {
            "percent_per_day": rules.percent_per_day,
            "most_percent": rules.most_percent,
            "days": rules.days_late,
        }
        if problems := rules_problems({"points": rules.points}, late):
            raise ValueError("; ".join(problems))
        return rules

    def to_json(self) -> dict[str, Any]:
        """The rules as a JSON document."""
        return asdict(self)

    def weigh(self, suites: Sequence[Suite]) -> tuple[Suite, ...]:
        """Suites with the points of these rules; raises `UnusableInput` for an unknown check."""
        known = [check.id for suite in suites for check in suite.checks]
        for name in self.points:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f": did you mean {near[0]}?" if near else "."
                raise UnusableInput(f"The rules give points to {name!r}, which is no check{hint}")
        return tuple(self._weighed(suite) for suite in suites)

    def for_names(self, names: Collection[str], shown_as: Callable[[str], str]) -> "Rules":
        """The rules with the names that submissions have, where a report's form of one is given.

        A form that several names have, or whose name is given as well, stays: it is nobody's.
        """
        if self.days_late.keys() <= set(names):
            return self
        meant: dict[str, list[str]] = {}
        for name in names:
            meant.setdefault(shown_as(name), []).append(name)
        days = {}
        for name, count in self.days_late.items():
            match meant.get(name, ()):
                case [only] if name not in names and only not in self.days_late:
                    days[only] = count
                case _:
                    days[name] = count
        return replace(self, days_late=days)

    def names_of_nobody(self, names: Collection[str]) -> dict[str, list[str]]:
        """Who is late by these rules but no submission's name, each with the names near to it."""
        return {
            name: get_close_matches(name, names, n=2)
            for name in self.days_late
            if name not in names
        }

    def _weighed(self, suite: Suite) -> Suite:
        checks = tuple(
            replace(check, max_score=self.points.get(check.id, check.max_score))
            for check in suite.checks
        )
        return replace(suite, checks=checks, max_score=sum(check.max_score for check in checks))

    def apply(
        self, name: str, steps: Sequence[StepResult], suites: Sequence[Suite]
    ) -> tuple[SubmissionResult, Lateness | None]:
        """The result of a submission under these rules, and what lateness cost it, if it did."""
        worth = {check.id: check.max_score for suite in suites for check in suite.checks}
        # The one check of a step that was not handed in stands for all of them.
        worth |= {f"{suite.step}.handed_in": suite.max_score for suite in suites}
        result = SubmissionResult.of(name, tuple(rescored(step, worth) for step in steps))
        days = self.days_late.get(name, 0)
        percent = min(days * self.percent_per_day, self.most_percent)
        if not percent:
            return result, None
        lost = result.score * percent // WHOLE
        late = Lateness(days, percent, lost, result.score)
        return replace(result, score=result.score - lost), late


def rescored(step: StepResult, worth: Mapping[str, int]) -> StepResult:
    """A step with the points that its checks are worth."""
    checks = tuple(rescored_check(check, worth) for check in step.checks)
    if all(new is old for new, old in zip(checks, step.checks, strict=True)):
        return step  # as for most, and all of them are made anew for each report
    score = sum(check.score for check in checks)
    return replace(
        step, checks=checks, score=score, max_score=sum(check.max_score for check in checks)
    )


def rescored_check(check: CheckResult, worth: Mapping[str, int]) -> CheckResult:
    """A check with the points that it is worth."""
    points = worth.get(check.id, check.max_score)
    if points == check.max_score:
        return check
    return replace(check, score=points if check.status is Status.PASSED else 0, max_score=points)


def rules_problems(table: dict[str, Any], late: Any) -> list[str]:
    """What is wrong with the contents of a file with rules."""
    if not isinstance(late, dict):
        return ["late is no table"]
    problems = [f"{name} is not known" for name in table.keys() - {"points", "late"}]
    known = {"percent_per_day", "most_percent", "days"}
    problems += [f"late.{name} is not known" for name in late.keys() - known]
    days = late.get("days", {})
    for where, numbers in (("points", table.get("points", {})), ("late.days", days)):
        if not isinstance(numbers, dict):
            problems.append(f"{where} is no table")
            continue
        problems += [
            f"{where} of {key!r} is no whole number from 0 on{in_quotes(key, numbers[key])}"
            for key in numbers
            if not is_count(numbers[key])
        ]
    if days and "percent_per_day" not in late:
        problems.append("late.percent_per_day, what each of late.days costs, is missing")
    problems += [
        f"late.{name} is no whole number from 0 to 100"
        for name in ("percent_per_day", "most_percent")
        if not is_count(late.get(name, 0)) or late.get(name, 0) > WHOLE
    ]
    return sorted(problems)


def in_quotes(key: str, value: object) -> str:
    """The remark on a name with a dot that TOML took for a table."""
    if not isinstance(value, dict) or not value:
        return ""
    return f': put a name with a dot in quotes, as in "{key}.{next(iter(value))}" = 1'


def is_count(value: object) -> bool:
    """Whether a value is a whole number that is not below zero."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
