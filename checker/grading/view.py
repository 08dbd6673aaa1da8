"""What an instructor sees in the terminal after grading."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checker.grading.compare import Change
from checker.grading.model import Refusal
from checker.render import WORDS, Glyphs, printable
from checker.results import Head, Status

MOST_SHOWN = 20


def summary(
    head: Head,
    counts: Counter[Status],
    earlier: int,
    faults: Iterable[tuple[str, str]],
    refused: Sequence[Refusal],
    glyphs: Glyphs,
) -> RenderableType:
    """How a class came out, what went wrong by no submission's fault, and what was not taken in.

    `earlier` is for how many of it nothing was left to judge; `faults` are ids of checks, each with
    its problem.
    """
    submissions = sum(counts.values())
    before = f", {earlier} of them from what was judged before" if earlier else ""
    lines = [
        Text(),
        Text(f"  {submissions} {plural('submission', submissions)} graded{before}", "bold"),
        Text(f"  Isolation {head.isolation}, seed {head.seed}", "dim"),
        Text(),
    ]
    for status in (Status.PASSED, Status.FAILED, Status.ERROR):
        if counts[status]:
            word, style = WORDS[status]
            lines.append(Text(f"  {glyphs.marks[status]} {word:8} {counts[status]:>6}", style))
    if submissions:
        average = head.score / submissions
        most = head.max_score / submissions
        lines.append(Text(f"    average  {average:>6.1f} of {most:g} points"))
    return Group(*lines, *faults_view(faults), *refusals(refused))


def faults_view(faults: Iterable[tuple[str, str]]) -> Iterable[RenderableType]:
    """What went wrong by no submission's fault."""
    if shown := sorted(faults)[:MOST_SHOWN]:
        yield Text()
        yield two_columns(shown)


def refusals(refused: Sequence[Refusal]) -> Iterable[RenderableType]:
    """What could not be taken in, with the reasons; the reports list all of it."""
    if not refused:
        return
    yield Text()
    yield Text(f"  {len(refused)} not taken in", "bold yellow")
    yield two_columns((refusal.name, refusal.reason) for refusal in refused[:MOST_SHOWN])
    if len(refused) > MOST_SHOWN:
        yield Text(f"  and {len(refused) - MOST_SHOWN} more, which the reports list", "dim")


def changes_view(changes: Sequence[Change], total: int) -> RenderableType:
    """Whose score changed, from what to what, and what did it."""
    if not changes:
        return Text("\n  No score changed.")
    more = total - len(changes)
    parts: list[RenderableType] = [
        Text(),
        Text(f"  {total} {plural('submission', total)} changed", "bold"),
        two_columns(
            (f"{change.name}  {points(change.before)} to {points(change.after)}", causes(change))
            for change in changes
        ),
    ]
    if more:
        parts.append(Text(f"  and {more} more", "dim"))
    return Group(*parts)


def causes(change: Change) -> str:
    """What changed the score, with its points."""
    return ", ".join(
        f"{cause.name} {points(cause.before)} to {points(cause.after)}" for cause in change.causes
    )


def points(score: int | None) -> str:
    """A score, or that there is none."""
    return "none" if score is None else str(score)


def two_columns(rows: Iterable[tuple[str, str]]) -> RenderableType:
    """Names on the left, what is said of them on the right."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold", max_width=34)
    grid.add_column(overflow="fold")
    for left, right in rows:
        grid.add_row(Text(in_one_line(left)), Text(in_one_line(right), "dim"))
    return Padding(grid, (0, 2))


def in_one_line(text: str) -> str:
    """A text from a submission, printable, without line ends of its own."""
    return printable(text).replace("\n", "\\n")


def plural(word: str, count: int) -> str:
    """A word for one or for many."""
    return word if count == 1 else f"{word}s"
