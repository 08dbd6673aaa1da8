"""Grading a class through the real command."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from checker.grading.gradebook import FILE, Gradebook
from checker.kata import PACKAGE, SOLUTIONS, STEPS
from checker.program import MOST_ROWS
from checker.results import Status

PROCESS = ("--isolation", "process", "--seed", "7")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
# `KATA_KILLS=20 python -m pytest tests/checker/grading` does it at twenty moments.
KILLS = int(os.environ.get("KATA_KILLS", "2"))


def grades(folder):
    """All that a gradebook says, but for how long it took."""
    with Gradebook.read(folder) as book:
        return {
            graded.result.submission: (
                replace(
                    graded.result,
                    steps=tuple(replace(step, duration=0.0) for step in graded.result.steps),
                ),
                graded.sources,
                graded.notes,
            )
            for graded in book
        }


def reports(folder):
    """The bytes of the marks, and the report for programs without how long things took."""
    document = json.loads((folder / "results.json").read_text("utf-8"))
    for submission in document["submissions"]:
        for step in submission["steps"]:
            del step["duration"]
    return (folder / "grades.csv").read_bytes(), document


@pytest.fixture
def grade_with(run, tmp_path, solved):
    """Grade the solutions with one more suite, by its name and text; the finished process."""

    def grade_with(name, text):
        (tmp_path / "suite").mkdir()
        (tmp_path / "suite" / name).write_text(text)
        return run("grade", solved, "--out", "out", "--suite", "suite", *PROCESS)

    return grade_with


@pytest.fixture(scope="session")
def graded(hand_ins, tmp_path_factory):
    """The folder in which the class was graded, and the command that did it."""
    out = tmp_path_factory.mktemp("graded") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "checker", "grade", hand_ins, "--out", out, "--jobs", "2", *PROCESS],
        cwd=out.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out, done


def test_a_class_is_graded(graded, hand_ins):
    """Each submission gets its grade, whatever the others do, and the command ends with 0."""
    out, done = graded
    scores = {name: found[0].score for name, found in grades(out).items()}
    ugly = next(name for name in scores if name.startswith("="))
    assert scores == {"ada": 100, "bob": 10, "eve": 0, ugly: 25}
    told = " ".join(done.stdout.split())
    assert "4 submissions graded" in told
    assert "passed 1" in told
    assert "failed 3" in told
    assert "broken.zip The archive is broken: pack it again." in told
    assert "notes.txt It is neither" in told
    assert "\x1b" not in done.stdout + done.stderr


def test_what_reports_read(graded):
    """A gradebook tells suites, refusals and sums, and the files that were judged."""
    with Gradebook.read(graded[0]) as book:
        assert [suite.step for suite in book.suites] == ["step1", "step2", "step3", "step4"]
        assert {suite.max_score for suite in book.suites} == {25}
        assert [refusal.name for refusal in book.refused] == ["broken.zip", "notes.txt"]
        assert (book.head.status, book.head.score, book.head.seed) == ("failed", 135, 7)
        (ada,) = (graded for graded in book if graded.result.submission == "ada")
        solutions = {
            path.parent.name[:5]: path.read_bytes() for path in SOLUTIONS.glob("*/main.py")
        }
        assert ada.sources == solutions


def test_a_submission_alone_gets_the_same(graded, hand_ins, run, tmp_path):
    """Alone, on one job, a submission gets what it got among others."""
    done = run(
        "grade", hand_ins / "bob", hand_ins / "ada", "--out", "alone", "--jobs", "1", *PROCESS
    )
    assert done.returncode == 0, done.stderr
    together = grades(graded[0])
    assert grades(tmp_path / "alone") == {name: together[name] for name in ("ada", "bob")}


def test_the_same_command_goes_on(graded, hand_ins, run, tmp_path):
    """What is graded is not graded again; what changed is, and the comparison tells it."""
    work, old = tmp_path / "class", tmp_path / "old"
    shutil.copytree(hand_ins, work)
    shutil.copytree(graded[0], old)
    shutil.copytree(old, tmp_path / "new")
    shutil.copytree(SOLUTIONS / "step2_database_instance", work / "eve" / "step2")
    with (work / "eve" / "step2" / "main.py").open("a") as file:
        file.write("# eve's own\n")
    done = run("grade", work, "--out", "new", "--compare", old, "--isolation", "process")
    assert done.returncode == 0, done.stderr
    before, after = grades(old), grades(tmp_path / "new")
    assert [name for name in after if before[name] != after[name]] == ["eve"]
    told = " ".join(done.stdout.split())
    assert "4 submissions graded, 3 of them from what was judged before" in told
    assert "1 submission changed" in told
    assert "eve 0 to 25" in told
    assert "step2.database_is_an_instance" in told


def test_hidden_checks_and_points(run, tmp_path, solved):
    """An instructor's checks count, and a hidden one's title is told to nobody who waits for it."""
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "test_step1_more.py").write_text(
        "import pytest\n"
        "@pytest.mark.check(points=5, hidden=True)\n"
        "def test_secret(program):\n    '''the secret title'''\n    assert False, 'no'\n"
        "@pytest.mark.check(points=7, after='secret')\n"
        "def test_open(program):\n    '''an open one'''\n"
    )
    (tmp_path / "rules.toml").write_text(
        '[points]\n"step1.open" = 11\n[late]\npercent_per_day=10\n[late.days]\nsolved=1\n'
    )
    done = run(
        "grade", solved, "--out", "out", "--suite", "suite", "--rules", "rules.toml", *PROCESS
    )
    assert done.returncode == 0, done.stderr
    result, _, notes = grades(tmp_path / "out")["solved"]
    secret, open_ = result.steps[0].checks[-2:]
    assert (secret.id, secret.status, secret.max_score) == ("step1.secret", Status.FAILED, 5)
    assert (open_.status, open_.max_score, open_.problem) == (
        Status.SKIPPED,
        11,
        "Waits for: a hidden check.",
    )
    assert (result.score, result.max_score) == (90, 116)
    assert notes == ("1 day late: 10 % less, which is 10 of 100 points.",)
    result = (tmp_path / "out" / "gradescope" / "solved.json").read_text("utf-8")
    assert json.loads(result)["output"] == "1 day late: 10 % less."
    with Gradebook.read(tmp_path / "out") as book:
        assert [check.hidden for check in book.suites[0].checks][-2:] == [True, False]


def marked(arguments, name="x"):
    """A suite with one check."""
    return (
        f"test_step1_x.py: import pytest\n@pytest.mark.check({arguments})\n"
        f"def test_{name}(program):\n    'x'\n"
    )


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        ("test_step1.py: def test_x(program):\n    pass\n", "test_step1.py: test_x is no check"),
        ("test_step1_x.py: x = 1\nsyntax error", "test_step1_x.py cannot be read (line 2: Syntax"),
        ("test_step1_x.py: x = 1\n\nx.y\n", "(line 3: AttributeError: 'int' object has no"),
        ("test_step1_x.py: import nosuch\n", "(line 1: ModuleNotFoundError: No module named"),
        ("test_step1_x.py: ", "test_step1_x.py cannot be read (there is no test in it)"),
        ("test_step9.py: ", "belongs to no step"),
        ("other.py: ", "no suites"),
        (
            marked("points=1", "loads")
            + marked("points=1", "imports_databases").partition(": ")[2],
            "test_step1_x.py: test_imports_databases: there is another check "
            "step1.imports_databases",
        ),
        (marked("5"), "test_x is no check"),
        (marked("points=5, hiden=True"), "test_step1_x.py: the mark of test_x has hiden, which"),
        (marked("points=-5"), "the mark of test_x has points=-5, which must be a whole number"),
        (marked("points='5'"), "points='5', which must be a whole number from 0 on"),
        (marked("points=1.5"), "points=1.5, which must be"),
        (marked("points=True"), "points=True, which must be"),
        (marked("points=1, hidden='no'"), "hidden='no', which must be True or False"),
        (marked("points=1, fix=2"), "fix=2, which must be a text"),
        (marked("points=1, after=2"), "after=2, which must be the name of a check"),
        (
            marked("points=1, after='nope'"),
            "test_x: after names step1.nope, and the checks before it are file_runs, ",
        ),
        (
            marked("points=1, after=('file_runs', 'x')"),
            "after names step1.x, and the checks before",
        ),
        (
            marked("points=1, after='step2.file_runs'"),
            "after names step2.file_runs, and the checks before",
        ),
    ],
)
def test_an_unusable_suite(grade_with, tmp_path, suite, words):
    """A suite that cannot be used is wrong usage, told in one sentence, before anything is made."""
    name, _, text = suite.partition(": ")
    done = grade_with(name, text)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_suite_that_fails_itself(grade_with):
    """What an instructor's suite did wrong is told with its file, test and line."""
    done = grade_with(
        "test_step1_mine.py",
        "import pytest\n@pytest.mark.check(points=5)\n"
        "def test_mine(program):\n    'mine'\n    nosuch\n"
        "@pytest.mark.check(points=5)\ndef test_typo(prgoram):\n    'typo'\n",
    )
    assert done.returncode == 3
    told = " ".join(done.stdout.split())
    assert "test_step1_mine.py: test_mine: line 5: NameError: name 'nosuch' is not" in told
    assert "test_typo: FixtureLookupError: there is no fixture prgoram" in told


def test_a_large_table(grade_with, tmp_path, solved):
    """As many rows as a table can hold come back whole; more are the suite's mistake, and told."""
    done = grade_with(
        "test_step3_mine.py",
        "import pytest\n@pytest.mark.check(points=5)\n"
        "def test_large(program, users):\n    'large'\n"
        f"    users.refill(at_least={MOST_ROWS})\n"
        "    assert program.call('fetch_users') == users.contents\n"
        "@pytest.mark.check(points=5)\n"
        "def test_too_large(program, users):\n    'too large'\n"
        f"    users.refill(at_least={MOST_ROWS + 1})\n",
    )
    assert f"test_too_large: line 10: ValueError: at_least may be {MOST_ROWS}" in " ".join(
        done.stdout.split()
    )
    checks = grades(tmp_path / "out")["solved"][0].steps[2].checks
    assert [check.status for check in checks[-2:]] == ["passed", "error"]


def test_a_failed_check_that_is_about_nothing(grade_with, tmp_path, solved):
    """A check that says not what it is about marks no line of the student's."""
    done = grade_with(
        "test_step1_mine.py",
        "import pytest\n@pytest.mark.check(points=5)\n"
        "def test_mine(program):\n    'mine'\n    assert False, 'It is wrong.'\n",
    )
    assert done.returncode == 0, done.stderr
    check = grades(tmp_path / "out")["solved"][0].steps[0].checks[-1]
    assert (check.problem, check.location) == ("It is wrong.", None)


def test_what_a_check_is_about_and_waits_for(grade_with, tmp_path, solved):
    """A name that the file has not marks no line; a check may be named by its whole id."""
    done = grade_with(
        "test_step1_mine.py",
        "import pytest\n@pytest.mark.check(points=5, about='nosuch', after='step1.file_runs')\n"
        "def test_mine(program):\n    'mine'\n    assert False, 'It is wrong.'\n"
        "@pytest.mark.check(points=5, about='DATABASE_URL', after='step1.mine')\n"
        "def test_waits(program):\n    'waits'\n"
        "@pytest.mark.check(points=5, about='DATABASE_URL', after='file_runs')\n"
        "def test_has(program):\n    'has'\n    assert False, 'It is wrong, too.'\n",
    )
    assert done.returncode == 0, done.stderr
    mine, waits, has = grades(tmp_path / "out")["solved"][0].steps[0].checks[-3:]
    assert (mine.problem, mine.location) == ("It is wrong.", None)
    assert (waits.status, waits.problem) == (Status.SKIPPED, "Waits for: mine.")
    assert has.location is not None


def test_a_suite_that_asks_for_another_name(grade_with, tmp_path, solved):
    """A name that only an instructor's suite asks for is no other spelling of the step's own."""
    done = grade_with(
        "test_step3_mine.py",
        "import pytest\n@pytest.mark.check(points=5, fix='Write fetch_usr.')\n"
        "def test_mine(program):\n    'mine'\n    program.call('fetch_usr')\n",
    )
    assert done.returncode == 0, done.stderr
    check = grades(tmp_path / "out")["solved"][0].steps[2].checks[-1]
    assert (check.problem, check.fix) == ("The file has no fetch_usr.", "Write fetch_usr.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--out", "out"], "There is no"),
        (["empty", "--out", "out"], "There are no submissions"),
        (["class", "--out", "full"], "holds other things"),
        (["class", "--out", "file/out"], "cannot be used"),
        (["empty", "empty/..", "nowhere", "--out", "out"], "There is no"),
        (["class", "--out", "out", "--compare", "nowhere"], "no gradebook"),
        (["class", "--out", "out", "--compare", "./out"], "names the folder of --out"),
        (["class", "--out", "out", "--compare", "full", "--json"], "leave one of them out"),
        (["class", "--out", "out", "--rules", "nowhere"], "cannot be read"),
        (
            ["class", "--out", "out", "--jobs", "2", "--cluster", "tcp://x:1"],
            "--jobs has no effect",
        ),
        (["class", "--out", "out", "--suite", "empty"], "no suites"),
        (["class", "--out", "out", "--suite", "nosuch"], "no folder 'nosuch'"),
        (["class", "--out", "out", "--suite", "file"], "is a file: name the folder"),
        (["class"], "Missing option '--out' / '-o'. Type  python -m checker grade --help  for"),
        ([], "Missing argument"),
    ],
)
def test_bad_input(run, tmp_path, arguments, words):
    """What cannot be done ends with status 2 and one sentence, and makes nothing."""
    for name in ("empty", "full", "class/ada"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "class" / "ada" / "main.py").write_text("x = 1\n")
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("")
    done = run("grade", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob(FILE))


def test_late_but_not_there(run, tmp_path, solved):
    """Days of a name that no submission has are told with the name that was meant."""
    (tmp_path / "rules.toml").write_text("[late]\npercent_per_day = 10\ndays = { sovled = 2 }\n")
    done = run("grade", solved, "--out", "out", "--rules", "rules.toml", *PROCESS)
    assert done.returncode == 0
    assert "'sovled' (did you mean 'solved'?)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_late_as_in_the_mark_book(run, tmp_path):
    """A name under days may be copied from grades.csv, which shows some names otherwise."""
    for name in ("-ann", "new\nline"):
        shutil.copytree(SOLUTIONS / "step1_database_url", tmp_path / "class" / name / "step1")
    (tmp_path / "rules.toml").write_text(
        '[late]\npercent_per_day = 10\ndays = { "\'-ann" = 2, "new line" = 4 }\n'
    )
    done = run("grade", "class", "--out", "out", "--rules", "rules.toml", *PROCESS)
    assert (done.returncode, done.stderr) == (0, "")
    scores = {name: found[0].score for name, found in grades(tmp_path / "out").items()}
    assert scores == {"-ann": 20, "new\nline": 15}
    marks = (tmp_path / "out" / "grades.csv").read_text("utf-8")
    assert '\n"\'-ann",' in marks
    assert '\n"new line",' in marks


@pytest.fixture
def start(environment, tmp_path):
    """Start grading a class of twelve, each with a first step, in the background."""
    place = tmp_path / "class"
    for number in range(12):
        whose = (SOLUTIONS if number % 3 else STEPS) / "step1_database_url"
        copy = shutil.copytree(whose, place / f"s{number:02}" / "step1")
        with (copy / "main.py").open("a", encoding="utf-8") as file:
            file.write(f"# {number}\n")  # or the first would be judged for all
    command = [sys.executable, "-m", "checker", "grade", "class", "--out", "out", "--jobs", "2"]
    running = []

    def start():
        running.append(
            subprocess.Popen(
                [*command, *PROCESS],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def until(wanted, process):
    """Wait until something holds, as long as a process runs."""
    while not wanted() and process.poll() is None:
        time.sleep(0.01)  # polling for what another process does, not waiting for a time


def recorded(out):
    """How much a running command has recorded: the length of its log grows with each grade."""
    log = out / f"{FILE}-wal"
    return log.stat().st_size if log.exists() else 0


@LINUX
def test_what_is_seen_meanwhile(terminal, hand_ins, tmp_path):
    """In a terminal a bar tells how many are graded, how they came out, and the pace."""
    child = terminal("grade", hand_ins, "--out", tmp_path / "out", *PROCESS, size=(24, 100))
    child.expect(r"Grading[^\r\n]*\d/4[^\r\n]*\d passed, \d failed[^\r\n]*/s, \d:\d\d left")
    child.expect("4 submissions graded")
    child.finish()
    assert child.exitstatus == 0


@LINUX
def test_killed_at_any_moment(start, tmp_path):
    """Killed again and again, the same command goes on and ends as if nothing had happened."""
    out = tmp_path / "out"
    process = start()
    assert process.wait(timeout=120) == 0, process.stderr.read()
    wanted = grades(out), reports(out)
    shutil.rmtree(out)
    for moment in range(KILLS):
        process = start()
        grown = recorded(out) + 9_000 * (moment % 6)
        until(lambda grown=grown: recorded(out) > grown, process)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    process = start()
    assert process.wait(timeout=120) == 0, process.stderr.read()
    assert (grades(out), reports(out)) == wanted


@LINUX
def test_a_killed_job_is_replaced(start, tmp_path, jobs_of):
    """A job that is killed is replaced, and its submission graded again."""
    process = start()
    until(lambda: jobs_of(process.pid), process)
    os.kill(jobs_of(process.pid)[0], signal.SIGKILL)
    assert process.wait(timeout=120) == 0, process.stderr.read()
    found = grades(tmp_path / "out")
    assert len(found) == 12
    assert {result.score for result, _, _ in found.values()} == {1, 25}


@LINUX
def test_interrupted(start, tmp_path, environment, jobs_of):
    """Ctrl-C ends with 130 and one sentence, leaves no process and no file, and loses nothing."""
    process = start()
    until(lambda: jobs_of(process.pid), process)
    begun = recorded(tmp_path / "out")
    until(lambda: recorded(tmp_path / "out") > begun, process)  # the first grades
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    words = r"Interrupted\. \d+ of 12 submissions are graded, and the same command goes on .*\n"
    assert re.fullmatch(words, told)
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    with Gradebook.read(tmp_path / "out") as book:
        assert book.progress.submissions == 12
    process = start()
    assert process.wait(timeout=120) == 0
    assert len(grades(tmp_path / "out")) == 12


@pytest.mark.skipif(sys.platform != "linux", reason="isolation strong exists on Linux only")
def test_strong_isolation_is_the_default(run, tmp_path, solved):
    """Without a word about isolation, submissions are judged at level strong."""
    done = run("grade", solved, "--out", "out", timeout=120)
    assert done.returncode == 0, done.stderr
    with Gradebook.read(tmp_path / "out") as book:
        assert book.head.isolation == "strong"


def test_no_less_than_strong_unasked(run, tmp_path, solved):
    """Where strong isolation cannot be had, grading refuses and says how to get less."""
    (tmp_path / "bin").mkdir()
    bwrap = tmp_path / "bin" / "bwrap"
    bwrap.write_text("#!/bin/sh\nexit 1\n")
    bwrap.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = run("grade", solved, "--out", "out", env={"PATH": path})
    assert done.returncode == 2, done.stderr
    assert "--isolation process" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_json_and_every_report(graded, hand_ins, run, tmp_path):
    """With --json the report for programs is all that is printed; the others are files."""
    shutil.copytree(graded[0], tmp_path / "out")
    done = run("grade", hand_ins, "--out", "out", "--json", "--feedback", "--isolation", "process")
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads((PACKAGE / "results-schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(done.stdout), schema)
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made >= {FILE, "grades.csv", "report.html", "junit.xml", "gradescope", "feedback"}
    assert reports(tmp_path / "out") == reports(graded[0])


@pytest.mark.parametrize("files", [(), ("bad.zip",), ("a.txt", "b.txt"), ("ada/main.py", "b.zip")])
def test_an_autograder_always_has_a_result(run, tmp_path, files):
    """In an autograder whatever was handed in, be it nothing, gets a result that says why."""
    (tmp_path / "submission").mkdir()
    for name in files:
        path = tmp_path / "submission" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("no archive, no program")
    done = run("grade", "submission", "--out", "o", "--gradescope", "result.json", *PROCESS)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert (result["score"], bool(result["output"])) == (0, True)
    if "bad.zip" not in files and "b.zip" not in files:
        assert "hand in step folders with a main.py" in result["output"]


def test_an_autograder_for_several(run, tmp_path, solved):
    """An autograder's result is that of one path; how many there are is said as it is."""
    paths = [solved] * 3
    done = run("grade", *paths, "--out", "out", "--gradescope", "result.json", *PROCESS)
    assert done.returncode == 2
    assert "here are 3" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("class/ada",), "the grades of bob, not found at this PATH"),
        (("class", "--gradescope", "result.json"), "Gradescope wants the result of one submission"),
    ],
)
def test_one_into_the_results_of_a_class(run, tmp_path, arguments, words):
    """Grading less than the class into its results is refused, and changes nothing of them."""
    for name in ("ada", "bob"):
        shutil.copytree(SOLUTIONS / "step1_database_url", tmp_path / "class" / name / "step1")
    assert run("grade", "class", "--out", "out", *PROCESS).returncode == 0
    before = reports(tmp_path / "out"), (tmp_path / "out" / "report.html").read_bytes()
    done = run("grade", *arguments, "--out", "out", *PROCESS)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert words in done.stderr
    assert "name a new folder with --out DIR" in done.stderr
    assert (reports(tmp_path / "out"), (tmp_path / "out" / "report.html").read_bytes()) == before
    assert not (tmp_path / "result.json").exists()
    done = run("grade", "class", "--out", "out", *PROCESS)
    assert "2 of them from what was judged before" in done.stdout


def test_json_of_nothing_is_no_traceback(run, tmp_path):
    """With --json, wrong usage leaves standard output empty."""
    done = run("grade", "nowhere", "--out", "out", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no" in done.stderr


def test_the_summary_of_a_workflow(run, tmp_path, solved):
    """Where GitHub Actions runs it, the class is appended to the step's summary."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    done = run(
        "grade",
        solved,
        "--out",
        "out",
        *PROCESS,
        env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)},
    )
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert summary.read_text("utf-8") == f"before\n{report}"
    assert done.stdout.splitlines()[0].startswith("::stop-commands::")
