"""What a student may see of a result: hidden checks count, and stay hidden."""

from dataclasses import replace

from checker.grading.model import Suite
from checker.results import CheckResult, Status, StepResult, SubmissionResult

HIDDEN = "a hidden check"
SAYS_ENOUGH = (Status.PASSED, Status.SKIPPED)


def for_student(result: SubmissionResult, suites: tuple[Suite, ...]) -> SubmissionResult:
    """The result without titles, texts and places of hidden checks.

    Nor does it hold what the code printed in a step that has any: code prints what it is given.
    """
    hidden = hidden_checks(suites)
    guarded = {check.partition(".")[0] for check in hidden}
    return replace(
        result,
        steps=tuple(
            without_hidden(step, hidden) if step.step in guarded else step for step in result.steps
        ),
    )


def hidden_checks(suites: tuple[Suite, ...]) -> frozenset[str]:
    """The ids of the checks that are hidden."""
    return frozenset(check.id for suite in suites for check in suite.checks if check.hidden)


def without_hidden(step: StepResult, hidden: frozenset[str]) -> StepResult:
    """A step with its hidden checks made anonymous."""
    titles = [check.title for check in step.checks if check.id in hidden]
    checks = tuple(
        anonymous(check, step.step, number) if check.id in hidden else without_titles(check, titles)
        for number, check in enumerate(step.checks, start=1)
    )
    return replace(step, output="", checks=checks)


def anonymous(check: CheckResult, step: str, number: int) -> CheckResult:
    """A hidden check of which only its points and its outcome are told."""
    return CheckResult(
        id=f"{step}.hidden{number}",
        title=HIDDEN,
        status=check.status,
        score=check.score,
        max_score=check.max_score,
        # One that was skipped waits for a check whose title may say what this one is about.
        problem=None if check.status in SAYS_ENOUGH else "A hidden check did not pass.",
    )


def without_titles(check: CheckResult, titles: list[str]) -> CheckResult:
    """A check that may wait for a hidden one, which it names."""
    problem = check.problem
    for title in titles:
        problem = problem and problem.replace(title, HIDDEN)
    return replace(check, problem=problem)
