"""Results as Markdown: what a report, a page for a student and a step summary have in common."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker.exporters.excerpt import Excerpt
from checker.exporters.text import code_block, markdown, some_lines
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
    """A section for each step: its checks, its first problem with the code, and its output."""
    for step in steps:
        yield f"\n## {markdown(step.step)}: {markdown(step.title)}\n"
        yield from checks_list(step.checks)
        problem = step.first_problem
        if problem:
            yield from problem_section(problem, sources.get(step.step))
        yield from map(advice_line, step.advice)
        if step.output.strip():
            yield f"\nThe file printed:\n\n{code_block(some_lines(step.output))}"


def checks_list(checks: Iterable[CheckResult]) -> Iterator[str]:
    """A line for each check."""
    for check in checks:
        points = f"{check.score} of {check.max_score}"
        yield f"- {MARKS[check.status]} {check.status}: {markdown(check.title)} ({points})"


def problem_section(check: CheckResult, source: bytes | None) -> Iterator[str]:
    """What is wrong, where, and what to do."""
    yield f"\n**{markdown(check.problem or '')}**"
    if check.fix:
        yield f"\nFix: {markdown(check.fix)}"
    if check.detail:
        yield f"\nSeen: {markdown(check.detail)}"
    if check.location and source:
        place = check.location
        excerpt = Excerpt.around(source, place, before=3, after=2)
        yield f"\n{markdown(place.file)}, line {place.line}:\n\n{code_block(excerpt.text)}"


def advice_line(advice: Advice) -> str:
    """A remark on code that passes."""
    where = f"line {advice.location.line}: " if advice.location else ""
    return f"\nTip: {where}{markdown(advice.text)}"
