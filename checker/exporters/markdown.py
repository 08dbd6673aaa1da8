"""Results as Markdown: what a report, a page for a student and a step summary have in common."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker.exporters.excerpt import Excerpt
from checker.exporters.text import code_block, markdown, readable, some_lines
from checker.results import Advice, CheckResult, Status, StepResult

MARKS = {Status.PASSED: "✅", Status.FAILED: "❌", Status.SKIPPED: "⬜", Status.ERROR: "⚠️"}


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, whose cells are Markdown already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def steps_table(steps: Iterable[StepResult]) -> Iterator[str]:
    """A row for each step: its outcome and points."""
    return table(
        ["step", "", "outcome", "points"],
        (
            [
                markdown(step.step),
                markdown(step.title),
                f"{MARKS[step.status]} {step.status}",
                f"{step.score} of {step.max_score}",
            ]
            for step in steps
        ),
    )


def step_sections(steps: Iterable[StepResult], sources: Mapping[str, bytes]) -> Iterator[str]:
    """A section for each step: its checks, every problem with the code, and its output."""
    for step in steps:
        yield f"\n## {readable(step.step)}: {readable(step.title)}\n"
        yield from checks_list(step.checks)
        shown: set[int] = set()
        for problem in step.problems:
            line = problem.location.line if problem.location else 0
            yield from problem_section(problem, None if line in shown else sources.get(step.step))
            shown.add(line)
        yield from map(advice_line, step.advice)
        if step.output.strip():
            yield f"\nThe file printed:\n\n{code_block(some_lines(step.output))}"


def checks_list(checks: Iterable[CheckResult]) -> Iterator[str]:
    """A line for each check; one that was skipped says what it waits for."""
    for check in checks:
        points = f"{check.score} of {check.max_score}"
        waits = check.status is Status.SKIPPED and check.problem
        reason = f". {readable(waits)}" if waits else ""
        yield f"- {MARKS[check.status]} {check.status}: {readable(check.title)} ({points}){reason}"


def problem_section(check: CheckResult, source: bytes | None) -> Iterator[str]:
    """What is wrong, what to do, and where; with the code if there is a source."""
    yield f"\n### {MARKS[check.status]} {readable(check.title)}"
    texts = {"Problem": check.problem, "Fix": check.fix, "Seen": check.detail}
    for name, text in texts.items():
        if text:
            yield f"\n{name}: {readable(text)}"
    if place := check.location:
        yield f"\nLine {place.line} of {readable(place.file)}{':' if source else ''}"
        if source:
            yield f"\n{code_block(Excerpt.around(source, [place], before=3, after=2).text)}"


def advice_line(advice: Advice) -> str:
    """A remark on code that passes."""
    return f"\nTip: {readable(advice.told)}"
