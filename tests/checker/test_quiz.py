"""The quiz: its questions hold, its command asks them everywhere."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from checker.errors import CheckerError
from checker.kata import Level
from checker.quiz import (
    Answer,
    Option,
    Question,
    QuizResult,
    choose,
    load_questions,
    question_problems,
    shuffled,
)
from checker.render import Glyphs
from checker.render_quiz import answer_view, question_view, result_view
from checker.results import Status

QUESTIONS = load_questions()
BY_ID = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
STEPS = Path(__file__).parents[2] / "steps"

# ------------------------------------------------------------------------------- the questions


@pytest.fixture(scope="module")
def proofs():
    """What became of each question's proof: run in an interpreter of their own, by id."""
    asked = [
        {
            "program": question.program,
            "options": [(option.text, option.holds) for option in question.options],
        }
        for question in QUESTIONS
    ]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("prove.py")],
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    answers = json.loads(done.stdout)
    return dict(zip((question.id for question in QUESTIONS), answers, strict=True))


@BY_ID
def test_proof_shows_the_right_option(proofs, question):
    """What the installed libraries do makes the right option true and every other one false."""
    proof = proofs[question.id]
    held = [text for text, holds in zip(options(question), proof["held"], strict=True) if holds]
    assert held == [question.right.text], proof
    assert proof["error"] == "None" or "error" in question.right.holds


@BY_ID
def test_question_is_complete(question):
    """A question has four options, and signs that every terminal can draw."""
    assert len(question.options) == 4
    assert question.proof
    assert repr(question).isascii()


@BY_ID
def test_question_fits_a_small_terminal(question):
    """Question and answer fit a terminal of 80 by 24, and no line of code is broken."""
    assert all(len(line) <= 74 for line in (question.snippet or "").splitlines())
    console = Console(width=80, color_system=None)
    glyphs = Glyphs.of(console)
    for view in (
        question_view(question, 10, 22, glyphs),
        answer_view(Answer(question, question.options[3]), glyphs),
    ):
        assert len(console.render_lines(view, pad=False)) < 24


def test_there_are_questions_of_each_level():
    """There are at least fourteen, at least four of each level, the easy ones first."""
    levels = [question.level for question in QUESTIONS]
    assert len(levels) >= 14
    assert min(levels.count(level) for level in Level) >= 4
    assert levels == sorted(levels, key=list(Level).index)


def test_length_does_not_give_the_answer_away():
    """The right option is the longest one no more often than chance would have it."""
    longest = [question.right.text == max(options(question), key=len) for question in QUESTIONS]
    assert sum(longest) <= len(QUESTIONS) / 3


def options(question):
    """The texts of a question's options."""
    return [option.text for option in question.options]


# ---------------------------------------------------------------------------------- the logic


def sound(**changes):
    """A question's table without a problem, and the changes that bring one."""
    option = {"text": "a", "why": "w"}
    table = {
        "id": "i",
        "level": "easy",
        "step": "step1",
        "question": "q",
        "remember": "r",
        "options": [option | {"right": True}, option | {"text": "b"}, option | {"text": "c"}],
    }
    return {name: value for name, value in (table | changes).items() if value is not None}


def test_a_sound_question_has_no_problems():
    """A table with every field is sound."""
    assert question_problems(sound(), STEPS) == []


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("text", "it is not a table"),
        (sound(remember=None), "remember is missing"),
        (sound(level="hardest"), "the level 'hardest' is none of easy, medium, hard"),
        (sound(step="step9"), "there is no step 'step9'"),
        (sound(step="../.."), "there is no step '../..'"),
        (sound(options=["a"]), "option 1: it is not a table"),
        (sound(options=[{"text": "a"}]), "option 1: why is missing"),
        (sound(options=sound()["options"][:2]), "there are not three or four options"),
        (sound(options=sound()["options"][1:] * 2), "there is not exactly one right option"),
        (sound(options=sound()["options"][1:] * 2), "two options are the same"),
        (sound(proof="x = 1"), "option 1: holds is missing"),
        (sound(proof="x = 1", snippet="y"), "the proof has no line # snippet"),
        (sound(surprise=1), "surprise is not known"),
    ],
)
def test_each_problem_of_a_question_is_named(table, problem):
    """What is wrong with a table is said."""
    assert problem in question_problems(table, STEPS)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("no toml", ["quiz.toml: Expected"]),
        ("", ["there are no questions"]),
        ("question = 1", ["there are no questions"]),
        (
            "[[question]]\nid = 'a'\n[[question]]\nlevel = 1\n",
            ["question a: level is missing", "question 2: id is missing", "level is not str"],
        ),
    ],
)
def test_every_problem_of_the_file_is_told(tmp_path, text, problems):
    """A damaged file ends in one error that names all that is wrong with it."""
    (tmp_path / "quiz.toml").write_text(text)
    with pytest.raises(CheckerError) as caught:
        load_questions(tmp_path / "quiz.toml")
    for problem in problems:
        assert problem in str(caught.value)


def test_an_id_that_is_used_twice_is_told(tmp_path):
    """Two questions of one id cannot be told apart when they are remembered."""
    first = (STEPS / "quiz.toml").read_text("utf-8").split("\n[[question]]\n")[1]
    (tmp_path / "step3_x").mkdir()
    (tmp_path / "quiz.toml").write_text(f"[[question]]\n{first}\n" * 2)
    with pytest.raises(CheckerError, match="the id async-driver is used twice"):
        load_questions(tmp_path / "quiz.toml")


def test_choosing():
    """A level takes its questions; what was answered right is left out, what was wrong is not."""
    first, second, *_ = QUESTIONS
    assert choose(QUESTIONS, None, {}) == QUESTIONS
    assert {question.level for question in choose(QUESTIONS, Level.HARD, {})} == {Level.HARD}
    chosen = choose(QUESTIONS, None, {first.id: True, second.id: False})
    assert chosen == QUESTIONS[1:]


def test_shuffling_depends_on_the_seed_alone():
    """One seed gives one order, seeds give all places to the right option, nothing gets lost."""
    question = QUESTIONS[0]
    assert shuffled(question, 7) == shuffled(question, 7)
    orders = [shuffled(question, seed).options for seed in range(50)]
    assert {order.index(question.right) for order in orders} == {0, 1, 2, 3}
    assert all(sorted(order, key=str) == sorted(question.options, key=str) for order in orders)


def test_the_snippet_takes_its_place_in_the_proof():
    """The line `# snippet` gives way to the snippet, as deep as it stood."""
    question = Question(
        id="i",
        level=Level.EASY,
        step="step1",
        question="q",
        remember="r",
        options=(Option("a", "w", right=True),),
        snippet="one\n  two\n",
        proof="if x:\n    # snippet\nend",
    )
    assert question.program == "if x:\n    one\n      two\nend"


def test_score():
    """The score counts by level; a question that was left out is neither right nor missed."""
    first, second, third, *_ = QUESTIONS
    wrong = next(option for option in second.options if not option.right)
    result = QuizResult(1, (Answer(first, first.right), Answer(second, wrong), Answer(third, None)))
    assert result.score(Level.EASY) == (1, 3)
    assert result.score(Level.HARD) == (0, 0)
    assert [answer.question for answer in result.missed] == [second]
    assert result.status is Status.FAILED
    assert QuizResult(1, (Answer(first, first.right),)).status is Status.PASSED


# -------------------------------------------------------------------------------- the command


def key(question, seed, *, right=True):
    """The number that answers a question as it is shown with a seed."""
    shown = shuffled(question, seed).options
    return str(next(n for n, option in enumerate(shown, start=1) if option.right is right))


def lines(questions, seed):
    """Right answers to questions, a line each."""
    return "".join(key(question, seed) + "\n" for question in questions)


HARD = choose(QUESTIONS, Level.HARD, {})


def remembered(workspace):
    """The quiz's part of a workspace's progress."""
    return json.loads((workspace / ".kata-progress.json").read_text("utf-8"))["quiz"]


def test_by_lines(run, workspace):
    """Without a terminal each line is an answer; all right is status 0, and nothing is missed."""
    done = run("quiz", "--level", "hard", "--seed", "3", cwd=workspace, input=lines(HARD, 3))
    assert done.returncode == 0, done.stderr
    assert "7 of 7 right" in done.stdout
    assert remembered(workspace) == {question.id: True for question in HARD}
    done = run("quiz", "--level", "hard", "--missed", cwd=workspace, input="")
    assert done.returncode == 0
    assert "Nothing was missed" in done.stdout


def test_missed_is_told_and_asked_again(run, workspace):
    """A wrong answer shows every reason; at the end it is told, and --missed begins with it."""
    first, second = HARD[:2]
    wrong = key(first, 3, right=False)
    chosen = shuffled(first, 3).options[int(wrong) - 1]
    answers = f"{wrong}\n{key(second, 3)}\nq\n"
    done = run("quiz", "--level", "hard", "--seed", "3", "-w", workspace, input=answers)
    shown = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "1 of 7 right, 5 left out" in shown
    assert f"Missed, and to remember ✗ {first.question.strip()} {first.remember}" in shown
    for option in first.options:
        yours = ", your answer" * (option == chosen)
        word = "right" if option.right else "wrong"
        assert f"{option.text} ({word}{yours}) {option.why}" in shown
    assert "".join(f"quiz --missed --level hard --workspace {workspace}".split()) in "".join(
        shown.split()
    )
    done = run("quiz", "--level", "hard", "--missed", "-w", workspace, input="q\n")
    assert "question 1 of 6" in done.stdout
    assert first.question in " ".join(done.stdout.split())


def test_plain(run, workspace):
    """With --plain there are words only: no bars, no marks."""
    given = f"{key(HARD[0], 3)}\nq\n"
    done = run(*("quiz", "--level", "hard", "--seed", "3", "--plain"), cwd=workspace, input=given)
    assert "Right." in done.stdout
    assert "(right, your answer)" in done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "Standard input ended before the quiz did"),
        ("1\n2\n", "Standard input ended before the quiz did"),
        ("5\n", "'5' is no answer: type 1 to 4, or q to leave."),
        ("\x1b[31m\n", "That is no answer: type 1 to 4"),
        ("\n", "That is no answer: type 1 to 4"),
        ("\udcff\n", "is no answer"),
    ],
)
def test_unusable_lines(run, workspace, given, said):
    """Input that ends early or is no answer ends with status 2 and one sentence."""
    done = run("quiz", "-w", workspace, input=given, errors="surrogateescape")
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stdout


def test_json(run, workspace):
    """With --json the answers are read, the bank and the score printed, and nothing is kept."""
    given = lines(HARD[:2], 3) + f"\n{key(HARD[3], 3, right=False)}\n"
    done = run("quiz", "--level", "hard", "--seed", "3", "--json", "-w", workspace, input=given)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert (document["schema"], document["kata"]) == (1, "fastapi-databases")
    assert (document["score"], document["max_score"], document["status"]) == (2, 7, "failed")
    assert document["levels"] == {"hard": {"score": 2, "max_score": 7}}
    statuses = [question["status"] for question in document["questions"]]
    assert statuses == ["passed", "passed", "skipped", "failed"] + ["skipped"] * 3
    first = document["questions"][0]
    assert first["options"][first["answer"] - 1]["right"] is True
    assert not (workspace / ".kata-progress.json").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [("1\nx\n", "Line 2 of standard input is 'x'"), ("1\n" * 8, "8 answers to 7 questions")],
)
def test_json_refuses_what_is_no_answer(run, workspace, given, said):
    """What cannot be meant as answers ends with status 2 and prints no document."""
    done = run("quiz", "--level", "hard", "--json", "-w", workspace, input=given)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX way of doing it")
def test_workspace_that_cannot_be_written(run, workspace):
    """Where nothing can be saved the quiz goes on, and says so once."""
    import resource

    done = run(
        *("quiz", "--level", "hard", "--seed", "3", "-w", workspace),
        input=lines(HARD, 3),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert done.returncode == 0, done.stderr
    assert " ".join(done.stdout.split()).count("cannot be saved") == 1
    assert "7 of 7 right" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX way of doing it")
def test_closed_streams(environment, workspace):
    """Closed standard input is told in a sentence, and a reader may leave early."""
    quiz = f"{sys.executable} -m checker quiz -w {workspace}"
    done = subprocess.run(
        ["bash", "-c", f"{quiz} <&- >/dev/null; echo $? >&2; (yes 1 | {quiz}; echo $? >&2) | true"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    sentence, *statuses = done.stderr.splitlines()
    assert sentence.startswith("Standard input ended")
    assert statuses == ["2", "1"]


# -------------------------------------------------------------------------------- a terminal


@pytest.fixture
def spawn(workspace, environment):
    """Start the quiz of the hard questions in a terminal of its own."""
    pexpect = pytest.importorskip("pexpect")
    children = []

    def start(columns=80, **more):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "checker", "quiz", "--level", "hard", "--seed", "3", "-w", str(workspace)],
            env=environment | {"TERM": "xterm-256color", "COLUMNS": str(columns)} | more,
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=30,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def terminal_mode(child):
    """How the terminal treats what is typed."""
    import termios

    return termios.tcgetattr(child.child_fd)


def press(child, asked, keys):
    """Press keys when they are asked for and the terminal waits for single ones."""
    child.expect_exact(asked)
    child.waitnoecho()
    child.send(keys)


def test_by_keys(spawn, workspace):
    """In a terminal single keys answer, go on and leave; the terminal is then as it was."""
    child = spawn()
    before = terminal_mode(child)
    press(child, "q to leave: ", "x")
    press(child, "'x' is no answer: type 1 to 4, or q to leave: ", key(HARD[0], 3))
    child.expect_exact("Right.")
    press(child, "Any key for the next question", " ")
    child.expect_exact("question 2 of 7")
    press(child, "q to leave: ", key(HARD[1], 3, right=False))
    child.expect_exact("Wrong: the answer is")
    press(child, "Any key for the next question", "q")
    child.expect("1 of 7 right, 5 left out")
    child.wait()
    assert terminal_mode(child) == before
    assert child.exitstatus == 1
    assert remembered(workspace) == {HARD[0].id: True, HARD[1].id: False}


def test_enter_after_a_digit(spawn):
    """Enter after an answer, out of habit, does not take its reasons away."""
    child = spawn()
    press(child, "q to leave: ", "\r")
    child.send(key(HARD[0], 3) + "\r")
    child.expect_exact("Right.")
    press(child, "Any key for the next question, or q to leave: ", "\r")
    child.send(" ")
    child.expect_exact("question 2 of 7")
    press(child, "q to leave: ", "\x1b[A")
    press(child, "That is no answer: type 1 to 4, or q to leave: ", "q")
    child.expect("1 of 7 right, 6 left out")
    assert "question 3" not in child.before


def test_levels_that_were_not_asked():
    """The score tells nothing of a level of which no question was answered."""
    easy, hard = QUESTIONS[0], QUESTIONS[-1]
    result = QuizResult(1, (Answer(easy, easy.right), Answer(hard, None)))
    shown = drawn(result)
    assert "easy" in shown
    assert "hard" not in shown


def test_a_missed_question_shows_its_code():
    """A question about a snippet can be understood at the end, too."""
    question = next(question for question in QUESTIONS if question.snippet)
    wrong = next(option for option in question.options if not option.right)
    shown = drawn(QuizResult(1, (Answer(question, wrong),)))
    assert question.snippet.strip().splitlines()[0] in shown


def drawn(result):
    """The end of a quiz as text."""
    console = Console(width=80, color_system=None)
    lines = console.render_lines(result_view(result, Glyphs.of(console)))
    return "\n".join("".join(part.text for part in line) for line in lines)


@pytest.mark.parametrize("how", ["key", "signal"])
def test_interrupted(spawn, workspace, how):
    """Ctrl-C and a termination end with 130, keep what was answered, and the terminal as it was."""
    child = spawn()
    before = terminal_mode(child)
    press(child, "q to leave: ", key(HARD[0], 3))
    press(child, "Any key for the next question", "\x03" if how == "key" else "")
    if how == "signal":
        child.kill(signal.SIGTERM)
    child.expect_exact("Interrupted. Nothing was lost.")
    child.wait()
    assert terminal_mode(child) == before
    assert child.exitstatus == 130
    assert remembered(workspace) == {HARD[0].id: True}


def test_dumb_terminal(spawn):
    """A dumb terminal is asked by lines, and is asked again; Ctrl-D ends with status 2."""
    child = spawn(TERM="dumb")
    child.expect_exact("q to leave: ")
    child.sendline("nine")
    child.expect_exact("'nine' is no answer: type 1 to 4, or q to leave: ")
    child.sendline(key(HARD[0], 3))
    child.expect_exact("Right.")
    child.expect_exact("question 2 of 7")
    child.expect_exact("q to leave: ")
    child.sendeof()
    child.expect_exact("Standard input ended before the quiz did")
    child.wait()
    assert child.exitstatus == 2
    assert "\x1b" not in child.before


def test_narrow_terminal_without_colours_or_signs(spawn):
    """In 40 columns, without colours and in ASCII, nothing is cut off and no line is longer."""
    child = spawn(columns=40, NO_COLOR="1", PYTHONIOENCODING="ascii")
    press(child, "q to leave: ", key(HARD[0], 3))
    child.expect_exact("Any key")
    shown = child.before
    assert "\x1b[3" not in shown
    assert shown.isascii()
    assert "+ Right." in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 40
    assert HARD[0].remember.split()[-1] in shown
