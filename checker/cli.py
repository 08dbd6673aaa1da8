"""The command line: declares commands and options, calls, and turns errors into sentences."""

import os
import secrets
import sys
from contextlib import suppress
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from checker import __version__, results
from checker.errors import CheckerError, ExitStatus
from checker.invocation import COMMAND
from checker.kata import Level
from checker.render import printable
from checker.sandbox import Limits
from checker.terminal import Terminal, discard_stdout, wrapped
from checker.workers import Workers


class IsolationChoice(StrEnum):
    """The isolation levels that can be asked for."""

    AUTO = "auto"
    PROCESS = "process"
    STRONG = "strong"


class System(StrEnum):
    """The systems for which a configuration can be written."""

    GITHUB = "github"
    CLASSROOM = "classroom"
    GITLAB = "gitlab"
    GRADESCOPE = "gradescope"


class Commands(TyperGroup):
    """A command group in which a step's name is a command, too, and errors are one sentence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is no command for an argument of `check`."""
        if ctx.resilient_parsing and not args:  # a shell completes the first word
            return super().parse_args(ctx, args)
        own = {*self.commands, *(name for option in self.get_params(ctx) for name in option.opts)}
        if args[:1] == ["step"] and args[1:2] and args[1].isdigit():
            args = ["".join(args[:2]), *args[2:]]
        if not args or args[0].partition("=")[0] not in own:
            # A misspelt command is told as such, whatever stands behind it.
            misspelt = args and get_close_matches(args[0], self.commands, 1)
            args = ["check", *(args[:1] if misspelt else args)]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """What may stand where a command stands: commands, and what `check` takes."""
        return super().shell_complete(ctx, incomplete) + self.commands["check"].params[
            0
        ].shell_complete(ctx, incomplete)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; whatever goes wrong ends in one sentence and a status."""
        try:
            status = super().main(*args, **options | {"standalone_mode": False})
            flush_stdout()
            if status == ExitStatus.INTERRUPTED:  # what Typer makes of Ctrl-C
                raise KeyboardInterrupt
        except USAGE_ERROR as error:
            said = error.format_message().rstrip(".").replace("Value error, ", "")
            command = error.ctx.command_path if error.ctx else COMMAND
            status = tell(f"{said}. Type  {command} --help  for help.", ExitStatus.UNUSABLE)
        except CheckerError as error:
            status = tell(str(error), error.exit_status)
        except (KeyboardInterrupt, typer.Abort):  # Typer's prompts raise the second
            status = tell("Interrupted. Nothing was lost.", ExitStatus.INTERRUPTED)
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            status = tell(
                f"The system refused something the checker needs ({what}): "
                "free some disk space or check permissions, and run the command again.",
                ExitStatus.CHECKER_FAULT,
            )
            discard_stdout()
        except Exception as error:  # a fault of ours ends in a sentence, too
            fault = f"{type(error).__name__}: {error}"[:300]
            status = tell(
                f"The checker itself failed ({fault}). Report it to whoever gave you the kata.",
                ExitStatus.CHECKER_FAULT,
            )
        sys.exit(int(status or 0))


def flush_stdout() -> None:
    """Print what is still buffered, unless nobody reads it any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def tell(sentence: str, status: ExitStatus) -> ExitStatus:
    """Say one sentence on standard error, if anybody can hear it there."""
    said = printable(" ".join(sentence.split("\n")))
    with suppress(OSError):
        if sys.stderr.isatty():
            said = wrapped(said, os.get_terminal_size(sys.stderr.fileno()).columns)
        print(said, file=sys.stderr)
    return status


COMPLETION = {"--show-completion", "--install-completion"}

# The base of all that Typer raises on wrong usage; it has no public name in every version.
USAGE_ERROR: Any = typer.BadParameter.__base__


def examples(*lines: str) -> str:
    """Examples for the foot of a command's help; the mark before them keeps their lines."""
    return "\b\n" + "\n  ".join(["Examples:" if len(lines) > 1 else "Example:", *lines])


app = typer.Typer(
    cls=Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a manual in plain words reads well everywhere, and aloud
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    help=f"""Check your steps of the kata: FastAPI and databases, in four steps.

    Without a command it shows where you are. With the name of a step (step3, 3 or
    step3_fetch_users) it checks that step, with the word all every step.

    Each command tells more with --help, for example: {COMMAND} check --help.
    """,
    epilog=examples(
        f"{COMMAND}                 where am I, and what comes next",
        f"{COMMAND} lesson          what the step at hand is about",
        f"{COMMAND} step3           check step 3",
        f"{COMMAND} hint            a hint for the step at hand",
        f"{COMMAND} init my-kata    a fresh folder to work in",
    )
    + "\n\nExit status: 0 all that was asked for passed, 1 something did not, 2 wrong usage or "
    "unusable input, 3 the checker is at fault, 130 interrupted.",
)


def complete_step(incomplete: str) -> list[tuple[str, str]]:
    """The steps whose names begin like that, with their titles, for a shell to complete."""
    from checker.kata import load_steps

    return [
        (step.name, step.title) for step in load_steps() if step.name.startswith(incomplete.lower())
    ]


def complete_check(incomplete: str) -> list[tuple[str, str]]:
    """The steps, and the word all."""
    every = [("all", "Every step")] if "all".startswith(incomplete.lower()) else []
    return complete_step(incomplete) + every


def complete_lesson(incomplete: str) -> list[tuple[str, str]]:
    """The steps, and the word closing."""
    last = [("closing", "The page after the last step")]
    return complete_step(incomplete) + (last if "closing".startswith(incomplete.lower()) else [])


VERIFY_SEED = 7
"""A check of the kata itself finds the same each time, so that it can be looked into."""

STEP_AT_HAND = (
    "the step you are at: the one you checked or reset last, and once it has passed the next one "
    "that has not"
)
"""What commands mean that are not told a step, for their help."""

Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="A folder that holds the step folders; by default this one or the nearest above it.",
    ),
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain",
        envvar="KATA_PLAIN",
        help="Words only, to be read aloud: no boxes, bars or moving signs.",
    ),
]
StepName = Annotated[
    str | None,
    typer.Argument(
        metavar="STEP",
        help=f"step3, 3 or step3_fetch_users; without it {STEP_AT_HAND}.",
        autocompletion=complete_step,
    ),
]
LatestStep = Annotated[
    str | None,
    typer.Argument(
        metavar="STEP",
        help="step3, 3 or step3_fetch_users; without it the step you checked or reset last.",
        autocompletion=complete_step,
    ),
]
Reveal = Annotated[
    bool, typer.Option("--reveal", help="Show it though the step has not passed yet.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Isolation = Annotated[
    IsolationChoice, typer.Option(help="How your code is confined while it runs.")
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Draw the same test data as the run with this seed.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=N",
        help="Change what a step's code may use: wall_time=10 and cpu_time=2 (seconds), "
        "processes=64, memory=512M, file_size=16M, output=64K, answer=1M. "
        "May be given more than once.",
    ),
]
Cold = Annotated[
    bool,
    typer.Option("--cold", help="Start a fresh interpreter for each step instead of forking one."),
]


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Read the options that stand before a command."""
    if version:
        print(__version__)
        raise typer.Exit


@app.command(
    epilog=examples(
        f"{COMMAND} step3",
        f"{COMMAND} all --workspace solutions --json",
        f"{COMMAND} step1 --limit wall_time=2 --seed 7",
    )
)
def check(
    context: typer.Context,
    step: Annotated[
        str | None,
        typer.Argument(
            metavar="STEP",
            help="A step, or all; nothing shows where you are.",
            autocompletion=complete_check,
        ),
    ] = None,
    workspace: Workspace = Path(),
    json: Json = False,
    plain: Plain = False,
    isolation: Isolation = IsolationChoice.AUTO,
    seed: Seed = None,
    limit: Limit = None,
    cold: Cold = False,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the checks to FILE as JUnit XML, too."),
    ] = None,
) -> ExitStatus:
    """Check a step, or all of them. The word check may be left out.

    The first check that failed is explained: the line to edit, what is wrong, what to do.
    """
    from checker.commands import check

    session = new_session(context, json, isolation, seed, limit, cold, workspace, plain, junit)
    if step is None:
        return check.show_overview(session)
    if step == "all":
        return check.check_all(session)
    group: Any = context.find_root().command
    return check.check_step(session, step, ("all", "--help", *group.commands))


@app.command(epilog=examples(f"{COMMAND} lesson", f"{COMMAND} lesson closing"))
def lesson(
    step: Annotated[
        str | None,
        typer.Argument(
            metavar="STEP",
            help=f"A step, or closing for the page after the last one; without it {STEP_AT_HAND}.",
            autocompletion=complete_lesson,
        ),
    ] = None,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """Read the lesson of a step.

    In a terminal a lesson longer than the screen is shown page by page: space goes on, q leaves.
    """
    from checker.commands import lesson

    return lesson.lesson(learner(workspace, plain), step)


@app.command("open", epilog=examples(f"{COMMAND} open", f"EDITOR=nano {COMMAND} open step2"))
def open_file(
    step: StepName = None,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """Open a step's file in your editor.

    It opens at the line of the last problem. The editor is the one that the variable VISUAL or
    EDITOR names, else VS Code or nano if it is there.
    """
    from checker.commands import open as recipe

    return recipe.open_file(learner(workspace, plain), step)


@app.command(epilog=examples(f"{COMMAND} hint", f"{COMMAND} hint step2 --all"))
def hint(
    step: StepName = None,
    every: Annotated[bool, typer.Option("--all", help="Show all hints of the step.")] = False,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """Get a hint; called again, a stronger one.

    A step has three: a nudge, the idea and where the lesson has it, and all but the code. The
    overview tells how many you used.
    """
    from checker.commands import hint

    return hint.hint(learner(workspace, plain), step, everything=every)


@app.command(epilog=examples(f"{COMMAND} solution", f"{COMMAND} solution step2 --reveal"))
def solution(
    step: LatestStep = None,
    reveal: Reveal = False,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """See the solution of a step that has passed.

    Before it passed you are asked whether you really want to; without a terminal --reveal says so.
    """
    from checker.commands import solution

    return solution.solution(learner(workspace, plain), step, reveal=reveal)


@app.command(epilog=examples(f"{COMMAND} diff", f"{COMMAND} diff step3 --plain"))
def diff(
    step: LatestStep = None,
    reveal: Reveal = False,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """See how your file differs from the solution.

    As for the solution itself, the step has to pass first. Lines with - are yours, lines with
    + the solution's.
    """
    from checker.commands import solution

    return solution.diff(learner(workspace, plain), step, reveal=reveal)


@app.command(epilog=examples(f"{COMMAND} reset", f"{COMMAND} reset step3 --carry"))
def reset(
    step: StepName = None,
    carry: Annotated[
        bool, typer.Option("--carry", help="Begin with your own file of the step before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    workspace: Workspace = Path(),
    plain: Plain = False,
) -> ExitStatus:
    """Begin a step anew. Your file is kept beside it under a dated name."""
    from checker.commands import reset

    return reset.reset(learner(workspace, plain), step, carry=carry, sure=yes)


@app.command(epilog=examples(f"{COMMAND} init my-kata"))
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    plain: Plain = False,
) -> ExitStatus:
    """Make a fresh workspace in DIR.

    It holds the steps and their lessons, a README, tasks and a dev container for VS Code.
    Nothing that exists is overwritten.
    """
    from checker.commands import init

    return init.init(folder, Terminal(plain=plain))


@app.command(epilog=examples(f"{COMMAND} update", f"{COMMAND} update --workspace my-kata"))
def update(workspace: Workspace = Path(), plain: Plain = False) -> ExitStatus:
    """Bring a workspace what a newer kata has.

    New lessons come, and starters that nobody touched. A file that you changed is left alone,
    and named.
    """
    from checker.commands import update

    return update.update(learner(workspace, plain))


@app.command(epilog=examples(f"{COMMAND} watch", f"{COMMAND} watch step3 --plain"))
def watch(
    context: typer.Context,
    step: StepName = None,
    workspace: Workspace = Path(),
    poll: Annotated[
        bool,
        typer.Option("--poll", help="Look at the files again and again instead of being told."),
    ] = False,
    plain: Plain = False,
    isolation: Isolation = IsolationChoice.AUTO,
    seed: Seed = None,
    limit: Limit = None,
    cold: Cold = False,
) -> ExitStatus:
    """Check a step again at each save.

    Single keys do the rest: the next step, a hint, the lesson, and so on. They are listed at the
    foot of the screen. With
    --plain, or without a terminal, it prints a block for each change instead, and takes the keys
    as lines from a pipe. Ctrl-C ends it everywhere.
    """
    from checker.commands import watch

    session = new_session(context, False, isolation, seed, limit, cold, workspace, plain)
    return watch.watch(session, step, poll=poll)


@app.command(
    epilog=examples(
        f"{COMMAND} quiz",
        f"{COMMAND} quiz --level hard",
        f"{COMMAND} quiz --missed",
    )
)
def quiz(
    level: Annotated[Level | None, typer.Option(help="Ask the questions of one level.")] = None,
    missed: Annotated[
        bool, typer.Option("--missed", help="Ask what you answered wrong, or never.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Show the options in the order of this seed.")
    ] = None,
    workspace: Workspace = Path(),
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Show nothing, and remember nothing: read the answers from standard input, a line "
            "a question, the number of an option or empty; print one JSON document with the "
            "questions, their answers and the score.",
        ),
    ] = False,
    plain: Plain = False,
) -> ExitStatus:
    """Answer questions about what the steps teach.

    Each answer is told with its reason, and why the other options are wrong. In a terminal you
    answer by single keys, without one by lines: the number of an option, or q to leave. What you
    answered is remembered. Exit status 0 means that every question was answered right.
    """
    from checker.commands import quiz

    return quiz.ask(learner(workspace, plain), quiz.Options(level, missed, drawn(seed), json))


@app.command(epilog=examples(f"{COMMAND} verify --json"))
def verify(
    context: typer.Context,
    json: Json = False,
    isolation: Isolation = IsolationChoice.AUTO,
    seed: Seed = VERIFY_SEED,
    limit: Limit = None,
    cold: Cold = False,
) -> ExitStatus:
    """For maintainers: check the kata itself.

    Starters fail where they should, solutions pass, the corpus gets its verdicts.
    """
    from checker.commands import verify

    return verify.verify(new_session(context, json, isolation, seed, limit, cold))


@app.command(
    epilog=examples(
        f"{COMMAND} grade hand-ins --out grades",
        f"{COMMAND} grade hand-ins.zip --out grades --rules points.toml --suite mine",
        f"{COMMAND} grade hand-ins --out now --compare before",
    )
)
def grade(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="A folder of submissions, a submission, or an archive (.zip, .tar.gz) of either.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where gradebook and reports go.")
    ],
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="How many at a time; default: processors and one more."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Have the workers of a Dask scheduler do it."),
    ] = None,
    isolation: Annotated[
        IsolationChoice,
        typer.Option(help="How submissions are confined. Less than strong must be asked for."),
    ] = IsolationChoice.AUTO,
    suite: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Your own pytest files, to be judged by as well: in test_step3_mine.py each test "
            "is a check of step 3, with a docstring as its title, the mark "
            "@pytest.mark.check(points=5, hidden=True, fix=...), the fixtures program and users, "
            "and an assert whose message is the problem. The README has an example.",
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Points for checks, by the ids that results.json lists, and what lateness costs "
            "(TOML).",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Grade anew what was graded before.")
    ] = False,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="Tell what changed since the results in that folder."),
    ] = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Write a page for each student, fit to hand back.")
    ] = False,
    gradescope: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result of one submission for Gradescope."),
    ] = None,
    json: Json = False,
    plain: Plain = False,
    seed: Seed = None,
    limit: Limit = None,
) -> ExitStatus:
    """Grade a class.

    Every submission at PATH is judged, whatever its layout, and the reports go into DIR. Every
    finished submission is on disk at once. Stop it with Ctrl-C, and the same command goes
    on; what was graded before is graded again only if it, the kata or the limits changed.

    Exit status 0 means that every submission was graded, whatever the grades and whatever was not
    taken in; 3 that one could not be judged.
    """
    from checker.commands import grade
    from checker.grading.grader import Order

    order = Order(
        paths=tuple(paths),
        out=out,
        isolation=results.Isolation.STRONG
        if isolation is IsolationChoice.AUTO
        else results.Isolation(isolation),
        limits=Limits.changed_by(limit or ()),
        seed=seed,
        jobs=jobs,
        cluster=cluster,
        suite=suite,
        rules=rules,
        again=again,
        single=gradescope is not None,
    )
    wishes = grade.Wishes(compare, feedback, gradescope, json)
    return grade.grade(order, wishes, Terminal(plain=plain))


def learner(workspace: Path, plain: bool) -> Any:
    """The learner for a command that judges nothing."""
    from checker.commands.learner import Learner

    return Learner(workspace, Terminal(plain=plain))


def drawn(seed: int | None) -> int:
    """The seed that was asked for, or a new one."""
    return secrets.randbelow(2**31) if seed is None else seed


@app.command(epilog=examples(f"{COMMAND} ci github"))
def ci(
    system: Annotated[System, typer.Argument(help="What is to run the checker by itself.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder to write to; made if need be.")
    ] = Path(),
    kata: Annotated[
        str | None,
        typer.Option(
            metavar="REQUIREMENT",
            help="What pip installs there; by default the same kata as here.",
        ),
    ] = None,
) -> ExitStatus:
    """Write a configuration for CI or an autograder."""
    from checker.commands import ci

    return ci.write(system, out, kata, Terminal())


def new_session(
    context: typer.Context,
    json: bool,
    isolation: IsolationChoice,
    seed: int | None,
    limit: list[str] | None,
    cold: bool,
    workspace: Path = Path(),
    plain: bool = False,
    junit: Path | None = None,
) -> Any:
    """The session for a command that judges."""
    from checker.commands.session import Options, Session

    options = Options(
        workspace=workspace,
        json=json,
        # A learner's own file needs no stronger walls than its own process.
        isolation=results.Isolation.PROCESS
        if isolation is IsolationChoice.AUTO
        else results.Isolation(isolation),
        cold=cold,
        seed=drawn(seed),
        limits=Limits.changed_by(limit or ()),
        junit=junit,
    )
    return Session(options, context.obj, Terminal(plain=plain))


def run(workers: Workers) -> NoReturn:
    """Run the command line with the workers that were started ahead; never returns."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # always text
    # A shell completes the names of programs, so that is what completion is made for.
    completing = "_CHECKER_COMPLETE" in os.environ or COMPLETION.intersection(sys.argv)
    app(obj=workers, prog_name="checker" if completing else COMMAND)
    sys.exit(ExitStatus.CHECKER_FAULT)
