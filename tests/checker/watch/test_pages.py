"""What the screen shows of a state, in every size."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from checker.kata import load_steps
from checker.render import Glyphs
from checker.results import Advice, CheckResult, Location, Status, StepResult
from checker.source import Source
from checker.watch.pages import Block, Material, Paper, draw
from checker.watch.state import Page, State, Verdict

STEPS = load_steps()
MATERIAL = Material("main.py", "solutions/main.py", "# Lesson\n" * 60, "x = 1\n", "# End", "quiz")
CHECKS = tuple(
    CheckResult(f"c{n}", f"check {n}", status, 0, 1, "The problem.", "The fix.", Location("m", 2))
    for n, status in enumerate([Status.PASSED] * 4 + [Status.FAILED] + [Status.SKIPPED] * 6)
)


def state(checks=CHECKS, **more):
    """A state with a verdict on it that has everything to say."""
    passed = all(check.status is Status.PASSED for check in checks)
    status = Status.PASSED if passed else Status.FAILED
    output = "".join(f"printed {n}\n" for n in range(50))
    advice = (Advice("A tip."),) if passed else ()
    result = StepResult("step3", "t", status, 0, 1, 0.1, None, output, checks, advice)
    verdict = Verdict(result, Source(b"first = 1\nsecond = 2\nthird = 3\n"), "12:00:00")
    return State(STEPS, 2, verdict=verdict, **more)


def shown(state, columns=80, rows=24):
    """The rows of the screen as text."""
    console = Console(file=io.StringIO(), width=columns, height=rows, force_terminal=True)
    paper = Paper(console, Glyphs.of(console))
    return ["".join(part.text for part in line) for line in draw(state, MATERIAL, paper).lines]


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("columns", [20, 40, 80, 120])
@pytest.mark.parametrize("rows", [1, 3, 6, 10, 24, 40])
def test_a_page_fills_the_screen_exactly(page, columns, rows):
    """No page is ever higher or wider than the screen, and the way out is in sight."""
    lines = shown(replace(state(), page=page, notice="A notice."), columns, rows)
    assert len(lines) == rows
    assert {len(line) for line in lines} == {columns}
    assert "quit" in lines[-1]


@pytest.mark.parametrize("rows", [14, 18, 24, 40])
def test_the_problem_is_always_seen(rows):
    """However little room there is, the verdict, the problem, its fix and the last hint stay."""
    text = "\n".join(shown(state(hints={"step3": 3}), rows=rows))
    for part in ("failed", "The problem.", "The fix.", "(3 of 3)"):
        assert part in text


def test_at_80_by_24_the_output_is_cut_and_the_checks_are_counted():
    """What the code printed is cut before it is left out; checks give way to their number."""
    text = "\n".join(shown(state()))
    for part in ("second = 2", "4 checks", "check 4", "6 checks", "printed 1", "and 48 more lines"):
        assert part in text


def test_where_lines_are_few_each_takes_one_row():
    """A long line that the code printed does not push the checks from a small screen."""
    long = state()
    verdict = replace(long.verdict, result=replace(long.verdict.result, output="x" * 400))
    text = "\n".join(shown(replace(long, verdict=verdict)))
    first, second = text.split("Your file printed")[1].split("\n")[1:3]
    assert first.rstrip().endswith("xxx…")
    assert "xxx" not in second
    assert "check 4" in text


@pytest.mark.parametrize("rows", [10, 40])
def test_the_line_is_always_told(rows):
    """Where there is no room for the code, the problem says its line."""
    text = "\n".join(shown(state(hints={"step3": 3}), columns=40, rows=rows))
    assert ("second = 2" in text) == (rows == 40)
    assert ("Line 2: The problem." in text) == (rows == 10)


def test_a_verdict_scrolls_where_it_is_too_long():
    """On a screen too small for the shortest verdict, what is below is announced and reached."""
    small = state(hints={"step3": 3})
    first, rest = shown(small, 40, 11), shown(replace(small, scroll=2), 40, 11)
    assert any("more line" in row for row in first)
    assert first != rest
    assert "space page on" in " ".join(first)
    # Of how far another page could be scrolled nothing is left.
    assert "page on" not in " ".join(shown(replace(state(), bottom=5)))


def test_a_large_screen_shows_everything():
    """Where there is room, nothing is shortened."""
    text = "\n".join(shown(state(), rows=60))
    for part in ("check 0", "check 10", "printed 19", "first = 1", "third = 3"):
        assert part in text


def test_a_pass():
    """A pass says what was learned, where the solution is, and which key goes on."""
    text = " ".join(" ".join(shown(state(CHECKS[:4]))).split())
    for part in (STEPS[2].learned, "Press s for our solution.", "Press n for step 4", "A tip."):
        assert part in text
    assert "solutions/main.py" not in text
    mute = " ".join(" ".join(shown(state(CHECKS[:4], keys=False))).split())
    assert "Our solution: solutions/main.py" in mute


def test_a_tip_is_not_what_gives_way():
    """At 80 by 24 a pass counts its checks before it leaves out a tip."""
    many = tuple(replace(CHECKS[0], id=f"c{n}", title=f"check {n}") for n in range(13))
    passed = state(many)
    quiet = replace(passed.verdict, result=replace(passed.verdict.result, output=""))
    text = "\n".join(shown(replace(passed, verdict=quiet)))
    assert "A tip." in text
    assert "13 checks" in text


def test_the_gap_is_told_whole():
    """A learner who has not begun sees all that the starter's comment asks for."""
    for index, step in enumerate(STEPS):
        text = step.starter.decode()
        fresh = replace(state(), index=index)
        verdict = replace(fresh.verdict, source=Source(step.starter))
        drawn = "\n".join(shown(replace(fresh, verdict=verdict), rows=40))
        comment = text[text.index("# TODO") :].split("\n\n")[0].split("\n")
        for line in comment:
            if line.startswith("#"):
                assert line.strip() in drawn


def test_an_old_verdict_says_so():
    """While a check takes its time, what is known from before is marked as such."""
    text = "\n".join(shown(state(checking=True, slow=True)))
    assert "checking ... · below is the result of 12:00:00" in text
    assert "below is" not in "\n".join(shown(state()))


def test_what_fits_is_shown():
    """What was shortened comes back where another part that was shortened left the room."""
    console = Console(file=io.StringIO(), width=40, height=10, force_terminal=True)
    paper = Paper(console, Glyphs.of(console))
    small = Block({1: Text("a\nb"), 9: None})
    large = Block({2: Text("c\n" * 8 + "d"), 9: Text("e")})
    drawn = ["".join(part.text for part in line).strip() for line in paper.fit([small, large], 7)]
    assert drawn == ["a", "b", "", "e"]


def test_a_page_scrolls():
    """A page longer than the screen begins where it was scrolled to."""
    lesson = replace(state(), page=Page.LESSON)
    assert shown(lesson)[3:] != shown(replace(lesson, scroll=1))[3:]
    assert shown(replace(lesson, scroll=9999))[-1] == shown(lesson)[-1]


def test_how_much_is_left():
    """Above the keys stands how many lines are still below, and whether that is the end."""
    lesson = replace(state(), page=Page.LESSON)
    [told] = [row for row in shown(lesson) if "more lines below" in row]
    left = int(told.strip(" ─").split()[0])
    assert f" {left - 1} more lines below " in "\n".join(shown(replace(lesson, scroll=1)))
    assert "─ end ─" in "\n".join(shown(replace(lesson, scroll=left)))
    assert "space page on" in "\n".join(shown(lesson))
    assert "below" not in "\n".join(shown(state()))
