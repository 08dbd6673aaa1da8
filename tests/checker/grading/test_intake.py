"""Taking in what was handed in: every common layout, and what strangers put into archives."""

import errno
import gzip
import io
import os
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from checker.errors import UnusableInput
from checker.grading.intake import take_in
from checker.grading.model import Refusal
from checker.grading.submission import Submission
from checker.kata import load_steps
from checker.workspace import LARGEST_SOURCE, NoSource

STEPS = load_steps()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX kind of file")


def write(path, content="x = 1\n"):
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip archive; a key may be a ZipInfo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content, compress_type=method)
    return path


def tarred(path, files):
    """A .tar.gz archive; a value may be a TarInfo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            data = b"" if isinstance(content, tarfile.TarInfo) else content.encode()
            info.name, info.size = name, len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def taken(*paths, leave_out=Path("/nowhere"), single=False):
    """What was taken in, by name: a submission's files as texts, or the reason of a refusal."""
    found = take_in(paths, STEPS, leave_out, single=single)
    return {thing.name: told(thing) for thing in found}


def told(thing):
    if isinstance(thing, Refusal):
        return thing.reason
    return {
        step: file.problem if isinstance(file, NoSource) else file.decode()
        for step, file in thing.files.items()
    }


EVERY = dict.fromkeys(("step1", "step2", "step3", "step4"), "all")


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "all"},
        {"repo/main.py": "all"},
        {f"step{n}.py": "all" for n in (1, 2, 3, 4)},
        {f"src/Step {n}.py": "all" for n in (1, 2, 3, 4)},
        {f"{step.folder.name}/main.py": "all" for step in STEPS},
        {f"kata-main/steps/{step.folder.name}/main.py": "all" for step in STEPS},
        {f"deep/er/{step.name}/main.py": "all" for step in STEPS},
        {
            **{f"steps/{step.folder.name}/main.py": "all" for step in STEPS},
            **{f"solutions/{step.folder.name}/main.py": "not mine" for step in STEPS},
            ".git/main.py": "x",
            "checker/__main__.py": "x",
        },
        {**{f"{step.name}/main.py": "all" for step in STEPS}, "old/step1/main.py": "old"},
    ],
)
@pytest.mark.parametrize("form", ["folder", "zip", "tar"])
def test_layouts(tmp_path, files, form):
    """Each common layout is understood, as a folder and in both kinds of archive."""
    place = tmp_path / "class"
    if form == "zip":
        zipped(place / "ada.zip", files)
    elif form == "tar":
        tarred(place / "ada.tar.gz", files)
    for name, content in files.items() if form == "folder" else ():
        write(place / "ada" / name, content)
    assert taken(place) == {"ada": EVERY}


def test_what_moodle_hands_out(tmp_path):
    """Moodle's archive: a folder for each student, or files that begin with the student's name."""
    inner = zipped(tmp_path / "inner.zip", {"step2.py": "two"}).read_bytes()
    path = zipped(
        tmp_path / "course.zip",
        {
            "Ada Lovelace_12_assignsubmission_file_/main.py": "all",
            "Alan Turing_13_assignsubmission_file_/homework.zip": inner,
            "Grace Hopper_14_assignsubmission_file_step1.py": "one",
            "Grace Hopper_14_assignsubmission_file_step2.py": "two",
            "Bob_15_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        },
    )
    found = taken(path)
    assert found["Ada Lovelace_12"] == EVERY
    assert found["Alan Turing_13"]["step2"] == "two"
    assert (found["Grace Hopper_14"]["step1"], found["Grace Hopper_14"]["step2"]) == ("one", "two")
    assert found["Grace Hopper_14"]["step3"] == "There is no file for step3."
    assert "nothing to judge" in found["Bob_15"]
    assert len(found) == 4


def test_what_canvas_hands_out(tmp_path):
    """Canvas' archive: flat files with ids; who is late is said; a number marks a new version."""
    path = zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_123_4567_main-1.py": "all",
            "turingalan_LATE_124_4568_step1.py": "one",
            "turingalan_LATE_124_4569_step2.py": "two",
        },
    )
    things = {thing.name: thing for thing in take_in([path], STEPS, tmp_path)}
    assert told(things["lovelaceada_123"]) == EVERY
    assert told(things["turingalan_124"])["step2"] == "two"
    assert things["turingalan_124"].notes == ("Canvas marked it as late.",)
    assert len(things) == 2


def test_what_gradescope_and_classroom_hand_out(tmp_path):
    """Folders named by the platform keep their names; its own file of metadata is no hand-in."""
    write(tmp_path / "export" / "submission_1" / "main.py", "all")
    write(tmp_path / "export" / "kata-octocat" / "steps" / "step1" / "main.py", "one")
    write(tmp_path / "export" / "submission_metadata.yml", "---")
    found = taken(tmp_path / "export")
    assert found["submission_1"] == EVERY
    assert found["kata-octocat"]["step1"] == "one"
    assert len(found) == 2


def test_one_submission(tmp_path, solved):
    """A path may be one submission: a folder, an archive, a file."""
    assert taken(solved).keys() == {"solved"}
    assert taken(zipped(tmp_path / "ada.zip", {"kata-main/step1.py": "1"})).keys() == {"ada"}
    assert taken(write(tmp_path / "step3.py", "3"))["step3"]["step3"] == "3"


LOOSE = {
    "main.py": "put it into a folder of its own",
    "step3.py": "put it into a folder of its own",
    "step2/main.py": "put it into a folder of its own",
    "mian.py": "name it main.py or stepN.py",
    "notes.txt": "neither a folder",
}


@pytest.mark.parametrize("loose", LOOSE)
@pytest.mark.parametrize("form", ["folder", "zip", "zip in a folder"])
def test_a_loose_file_beside_a_class(tmp_path, loose, form):
    """A class with one loose file is still a class, and the file is listed with the reason."""
    inner = zipped(tmp_path / "inner.zip", {"step2.py": "bob's"})
    files = {"ada/week1/step1.py": "ada's", "bob.zip": inner.read_bytes(), loose: "loose"}
    if form == "folder":
        for name, content in files.items():
            write(tmp_path / "class" / name, content)
        path = tmp_path / "class"
    else:
        top = "class/" if form == "zip in a folder" else ""
        files = {f"{top}{name}": content for name, content in files.items()}
        path = zipped(tmp_path / "class.zip", files)
    found = taken(path)
    assert found["ada"]["step1"] == "ada's"
    assert found["bob"]["step2"] == "bob's"
    assert found["ada"]["step2"] == "There is no file for step2."
    assert LOOSE[loose] in found[loose.partition("/")[0]]
    assert len(found) == 3


def test_a_loose_file_beside_what_canvas_hands_out(tmp_path):
    """The flat files of Canvas stay those of their students, whatever lies beside them."""
    files = {"ada_1_2_main.py": "all", "bob_3_4_main.py": "all", "main.py": "loose"}
    found = taken(zipped(tmp_path / "course.zip", files))
    assert found["ada_1"] == found["bob_3"] == EVERY
    assert "folder of its own" in found["main.py"]


@pytest.mark.parametrize(
    "more",
    [
        {"old/main.py": "old", "notes/plan.txt": "x", "data.csv": "x", "tests/test_it.py": "x"},
        {"lib/utils.zip": "x", "docs/a/b.md": "x", "__MACOSX/main.py": "x"},
        {"step1.zip": "x", "step2.zip": "x", "old/main.py": "x"},
    ],
)
def test_a_program_with_other_things(tmp_path, more):
    """A program with an older one and with junk beside it is one submission."""
    for name, content in {"main.py": "all", **more}.items():
        write(tmp_path / "ada" / name, content)
    assert taken(tmp_path / "ada") == {"ada": EVERY}


def test_an_archive_beside_a_program(tmp_path):
    """An archive that is not looked into, because there is a program, is noted."""
    write(tmp_path / "class" / "ada" / "main.py", "all")
    zipped(tmp_path / "class" / "ada" / "more" / "rest.zip", {"step1.py": "x"})
    zipped(tmp_path / "class" / "ada" / ".git" / "junk.zip", {"step1.py": "x"})
    (found,) = take_in([tmp_path / "class"], STEPS, tmp_path)
    assert told(found) == EVERY
    assert found.notes == ("more/rest.zip was left aside.",)


@pytest.mark.parametrize(
    "names",
    [
        ("davis/kata-1.zip", "davis/kata-2.zip"),
        ("davis_104_204_kata-1.zip", "davis_104_205_kata-2.zip"),
    ],
)
def test_two_archives_of_one_person(tmp_path, names):
    """Two archives in one hand-in are refused with the true reason, naming both."""
    for name in names:
        zipped(tmp_path / "class" / name, {"main.py": name})
    (reason,) = taken(tmp_path / "class").values()
    assert reason.startswith("It holds kata-1.zip and kata-2.zip, and there is no telling which")


def test_steps_of_two_folders_are_not_mixed(tmp_path):
    """Where two folders hold the same step, another step is not taken from the one left aside."""
    for name in ("ada/step1/main.py", "bob/week1/step1/main.py", "bob/step3/main.py"):
        write(tmp_path / "class" / "group" / name)
    assert "no telling which one" in taken(tmp_path / "class")["group"]


def notes_of(*paths):
    """The first note on each submission, by its name."""
    return {thing.name: (*thing.notes, "")[0] for thing in take_in(paths, STEPS, Path("/nowhere"))}


def test_two_of_one_name_are_told_apart(tmp_path):
    """All are renamed by where they lie, and each says where that is."""
    places = ("monday", "tuesday", "Wednesday")
    for place in places:
        write(tmp_path / place / ("Ada" if place == "Wednesday" else "ada") / "main.py", place)
    paths = [tmp_path / place / "ada" for place in places[:2]] + [tmp_path / "Wednesday"]
    assert notes_of(*paths) == {
        "ada (monday)": "Another hand-in is called ada; this one is monday/ada, and was renamed.",
        "ada (tuesday)": "Another hand-in is called ada; this one is tuesday/ada, and was renamed.",
        "Ada (Wednesday)": (
            "Another hand-in is called ada; this one is Wednesday/Ada, and was renamed."
        ),
    }
    assert taken(*paths)["ada (tuesday)"]["step1"] == "tuesday"


def test_a_name_never_changes_hands(tmp_path):
    """Who comes later gets no name that another had, and what nobody shares stays as it is."""
    place = tmp_path / "class"
    zipped(place / "hal.zip", {"main.py": "zip"})
    write(place / "ada" / "main.py", "all")
    assert taken(place).keys() == {"ada", "hal"}
    write(place / "hal" / "main.py", "folder")
    assert taken(place).keys() == {"ada", "hal (folder)", "hal.zip"}
    tarred(place / "hal.tar.gz", {"main.py": "tar"})
    found = taken(place)
    assert {name: found[name]["step1"] for name in found} == {
        "ada": "all",
        "hal (folder)": "folder",
        "hal.zip": "zip",
        "hal.tar.gz": "tar",
    }
    assert notes_of(place)["hal.zip"] == (
        "Another hand-in is called hal; this one is class/hal.zip, and was renamed."
    )


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="one name is one file there")
def test_names_that_differ_in_letter_case(tmp_path):
    """Two that some systems do not tell apart name each other, whoever comes between them."""
    for name in ("Pia", "pia"):
        write(tmp_path / "class" / name / "main.py", name)
    notes = notes_of(tmp_path / "class")
    first, second = notes
    assert first.startswith("Pia (class, ")
    assert "is called pia; this one is class/Pia," in notes[first]
    assert "is called Pia; this one is class/pia," in notes[second]
    write(tmp_path / "class" / "PIA" / "main.py", "PIA")
    assert notes_of(tmp_path / "class").keys() > {first, second}


def test_one_path_named_twice(tmp_path, solved):
    """A path that is given twice, perhaps in other words or as part of another, counts once."""
    assert taken(solved, solved / ".." / solved.name).keys() == {"solved"}
    for name in ("ada", "bob"):
        write(tmp_path / "class" / name / "main.py")
    assert taken(tmp_path / "class" / "bob", tmp_path / "class").keys() == {"ada", "bob"}


def test_two_of_one_place(tmp_path):
    """What cannot be told apart by where it lies is numbered."""
    for course in "ab":
        write(tmp_path / course / "class" / "ada" / "main.py")
    places = [tmp_path / course / "class" / "ada" for course in "ab"]
    assert taken(*places).keys() == {"ada", "ada (2)"}


@POSIX
def test_links_in_a_circle(tmp_path):
    """A path that leads back to itself is wrong usage, with the system's reason."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UnusableInput, match="cannot be read"):
        taken(tmp_path / "a")


@pytest.mark.parametrize("form", ["folder", "archive"])
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "hand in step folders with a main.py"),
        ({"notes.txt": "x", "more.txt": "x"}, "hand in step folders with a main.py"),
        ({"lea.py": "x"}, "name lea.py main.py or stepN.py"),
        ({"ada/main.py": "x", "bob/main.py": "x", "eve/main.py": "x"}, "no telling which one"),
    ],
)
def test_a_single_one(tmp_path, form, files, words):
    """What must be one submission is one or is refused with what to do, and never is nothing."""
    place = tmp_path / "submission"
    place.mkdir()
    if form == "archive":
        place = zipped(tmp_path / "submission.zip", files)
    for name, content in files.items() if form == "folder" else ():
        write(place / name, content)
    assert words in taken(place, single=True)[place.name]


def test_two_files_for_one_step(tmp_path):
    """What cannot be told apart is refused, what is left aside is noted."""
    for place in ("a", "b"):
        write(tmp_path / "class" / "ada" / place / "main.py")
    write(tmp_path / "class" / "bob" / "step1.py")
    write(tmp_path / "class" / "bob" / "main.py")
    write(tmp_path / "class" / "bob" / "step9.py")
    things = {thing.name: thing for thing in take_in([tmp_path / "class"], STEPS, tmp_path)}
    assert "no telling which one" in things["ada"].reason
    assert things["bob"].notes == (
        "main.py was judged as step2, step3, step4: there is no other file.",
        "step9.py was left aside.",
    )


def test_many_files_left_aside(tmp_path):
    """The first of very many files left aside are named, and the others counted."""
    write(tmp_path / "ada" / "step1.py")
    for number in range(100, 121):
        write(tmp_path / "ada" / f"step{number}.py")
    (found,) = take_in([tmp_path / "ada"], STEPS, tmp_path / "out")
    assert len(found.notes) == 21
    assert found.notes[19:] == ("step119.py was left aside.", "and 1 more file was left aside.")
    write(tmp_path / "ada" / "step121.py")
    (found,) = take_in([tmp_path / "ada"], STEPS, tmp_path / "out")
    assert found.notes[20:] == ("and 2 more files were left aside.",)


@pytest.mark.parametrize(
    ("files", "judged"),
    [
        ({"main.py": "all", "step3.py": "3"}, ("all", "all", "3", "all")),
        ({"main.py": "all", "steps/step3/main.py": "3"}, ("all", "all", "3", "all")),
        ({"r/main.py": "all", "r/src/step 3.py": "3"}, ("all", "all", "3", "all")),
        ({"old/main.py": "old", "step3.py": "3"}, (None, None, "3", None)),
        ({"step3/main.py": "3", "step3/app/main.py": "no"}, (None, None, "3", None)),
        ({"main.py": "no", **{f"step{n}.py": "1234"[n - 1] for n in (1, 2, 3, 4)}}, tuple("1234")),
    ],
)
def test_a_program_beside_some_steps(tmp_path, files, judged):
    """A main.py above the steps' own files is judged as each step that has none."""
    for name, content in files.items():
        write(tmp_path / "class" / "ada" / name, content)
    found = taken(tmp_path / "class")["ada"]
    assert found == {
        f"step{n}": text or f"There is no file for step{n}."
        for n, text in enumerate(judged, start=1)
    }


@POSIX
@pytest.mark.parametrize("kind", ["link", "linked folder", "pipe", "folder", "huge"])
def test_what_is_no_plain_file(tmp_path, kind):
    """Nothing but plain, small files is read, and links are not followed."""
    secret = write(tmp_path / "secret" / "main.py", "secret")
    place = tmp_path / "class" / "ada" / "step1" / "main.py"
    write(tmp_path / "class" / "ada" / "step2.py")
    if kind != "linked folder":
        place.parent.mkdir()
    {
        "link": lambda: place.symlink_to(secret),
        "linked folder": lambda: place.parent.symlink_to(secret.parent),
        "pipe": lambda: os.mkfifo(place),
        "folder": place.mkdir,
        "huge": lambda: place.write_bytes(b"#" * (LARGEST_SOURCE + 1)),
    }[kind]()
    words = {
        "link": "step1/main.py is a symbolic link",
        "linked folder": "step1 is a symbolic link",
        "pipe": "step1/main.py is a named pipe",
        "folder": "There is no file for step1",
        "huge": "step1/main.py is larger than 64 KiB",
    }
    assert words[kind] in taken(tmp_path / "class")["ada"]["step1"]


@POSIX
@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"-rf", b"=cmd()", b"new\nline", b"[red]'\"<b>", b"n" * 250]
)
def test_ugly_names(tmp_path, name):
    """Whatever a folder is called, its submission is taken in under a name that is a text."""
    write(tmp_path / "class" / os.fsdecode(name) / "main.py", "all")
    (found,) = taken(tmp_path / "class").items()
    assert found[1] == EVERY
    assert found[0].encode("utf-8").replace(b"\\udcff\\udcfe", b"\xff\xfe") == name


def info(name, mode=0, flags=0):
    """An entry of a zip archive."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    entry.flag_bits = flags
    return entry


def device(kind):
    """An entry of a tar archive that is no file."""
    entry = tarfile.TarInfo()
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry


BAD_ZIPS = {
    "an absolute path (/etc/main.py).": {"/etc/main.py": "x"},
    "a path that climbs": {"../main.py": "x"},
    "a path that climbs out": {"a\\..\\..\\main.py": "x"},
    "an absolute": {"C:\\main.py": "x"},
    "a symbolic link": {info("step1.py", stat.S_IFLNK | 0o777): "/etc/passwd"},
    "a device": {info("step1.py", stat.S_IFIFO): ""},
    "packed more than 200 times": {"main.py": "0" * 4_000_000},
    "too long": {"a/" * 600 + "main.py": "x"},
    "too  long": {"a" * 300 + "/main.py": "x"},
    "another archive": {"main.py": "x", "more.zip": "x"},
    "more than 10000 files": {f"f{n}": "" for n in range(10_001)},
}


@pytest.mark.parametrize(("words", "files"), BAD_ZIPS.items(), ids=list(BAD_ZIPS))
def test_what_a_zip_must_not_hold(tmp_path, words, files):
    """Such an archive is refused by name with the reason, and its neighbour is taken in."""
    zipped(tmp_path / "class" / "bad.zip", files)
    write(tmp_path / "class" / "good" / "main.py")
    found = taken(tmp_path / "class")
    assert " ".join(words.split()) in found["bad.zip"]
    assert isinstance(found["good"], dict)


def test_what_else_a_zip_must_not_be(tmp_path):
    """Passwords, odd compressions, doubles, lies and damage are refused with their reasons."""
    place = tmp_path / "class"
    zipped(place / "lzma.zip", {"main.py": "x"}, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(place / "twice.zip", "w") as two:
        two.writestr("main.py", "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            two.writestr("main.py", "y")
    secret = bytearray(zipped(place / "secret.zip", {"main.py": "x"}).read_bytes())
    secret[secret.rindex(b"PK\x01\x02") + 8] |= 1
    (place / "secret.zip").write_bytes(secret)
    flipped = bytearray(zipped(place / "flipped.zip", {"main.py": "x" * 99}).read_bytes())
    flipped[40] ^= 0xFF
    (place / "flipped.zip").write_bytes(flipped)
    whole = zipped(place / "cut.zip", {"main.py": "x" * 99}).read_bytes()
    (place / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (place / "empty.zip").write_bytes(b"")
    (place / "text.zip").write_bytes(b"hello")
    (place / "other.rar").write_bytes(b"Rar!")
    lying = bytearray(whole)
    at = lying.rindex(b"PK\x05\x06")
    lying[at + 12 : at + 16] = (300_000_000).to_bytes(4, "little")
    (place / "lying.zip").write_bytes(lying)
    found = taken(place)
    assert {name: told.partition(":")[0].partition(" (")[0] for name, told in found.items()} == {
        "cut.zip": "The archive is broken",
        "empty.zip": "It is empty",
        "flipped.zip": "The archive is broken",
        "lying.zip": "The archive is broken",
        "lzma.zip": "The archive holds a compression that is not read",
        "other.rar": "It is neither a .zip nor a .tar.gz archive",
        "secret.zip": "The archive is protected by a password",
        "text.zip": "It is neither a .zip nor a .tar.gz archive",
        "twice.zip": "The archive holds two files of one name",
    }


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ("an absolute path", {"/main.py": "x"}),
        ("climbs out", {"../main.py": "x"}),
        ("a link", {"main.py": device(tarfile.SYMTYPE)}),
        ("a link", {"main.py": device(tarfile.LNKTYPE)}),
        ("a device", {"main.py": device(tarfile.CHRTYPE)}),
        ("a device", {"main.py": device(tarfile.FIFOTYPE)}),
        ("another archive", {"main.py": "x", "b.tar.gz": "x"}),
        ("more than 200 times", {"big": "0" * 30_000_000}),
        ("two files of one name", {"main.py": "x", "./main.py": "y"}),
    ],
)
def test_what_a_tar_must_not_hold(tmp_path, words, files):
    """Such an archive is refused by name with the reason, and its neighbour is taken in."""
    tarred(tmp_path / "class" / "bad.tar.gz", files)
    write(tmp_path / "class" / "good" / "main.py")
    found = taken(tmp_path / "class")
    assert words in found["bad.tar.gz"]
    assert isinstance(found["good"], dict)


def test_a_tar_with_headers_without_end(tmp_path):
    """A header that would fill the memory is not read."""
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 1 << 33
    (tmp_path / "bad.tgz").write_bytes(
        gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + b"0" * 99_999)
    )
    assert "headers of a size" in taken(tmp_path)["bad.tgz"]
    (tmp_path / "bad.tgz").write_bytes(gzip.compress(b"no tar"))
    assert "broken" in taken(tmp_path)["bad.tgz"]


def test_a_bad_neighbour_in_an_archive_of_a_class(tmp_path):
    """In an archive of many, only the one that holds what it must not is refused."""
    files = {"ada/main.py": "all", "bob/../../main.py": "x", "eve/main.py": "all"}
    found = taken(zipped(tmp_path / "class.zip", files))
    assert found["ada"] == found["eve"] == EVERY
    assert "climbs" in found["bob"]


@POSIX
def test_what_is_no_hand_in(tmp_path):
    """At the top of a class each thing that is no hand-in says what to do about it."""
    write(tmp_path / "mian.py")
    write(tmp_path / "eve" / "lea.py")
    write(tmp_path / "notes.txt")
    write(tmp_path / "ada" / "main.py", "all")
    (tmp_path / "link").symlink_to(tmp_path / "ada")
    (tmp_path / "link.zip").symlink_to(tmp_path / "ada")
    found = taken(tmp_path)
    assert "links are not followed" in found["link"]
    assert "links are not followed" in found["link.zip"]
    assert "name it main.py or stepN.py" in found["mian.py"]
    assert "name lea.py main.py or stepN.py" in found["eve"]
    assert "neither a folder" in found["notes.txt"]


def test_what_is_left_out(tmp_path):
    """The folder of the results, hidden files and what archivers leave are no submissions."""
    write(tmp_path / "ada" / "main.py", "all")
    write(tmp_path / "out" / "main.py")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        write(tmp_path / name)
    write(tmp_path / "__MACOSX" / "main.py")
    assert taken(tmp_path, leave_out=tmp_path / "out").keys() == {"ada"}


def test_a_path_that_is_not_there(tmp_path):
    """A path that does not exist is wrong usage."""
    with pytest.raises(UnusableInput, match="There is no"):
        taken(tmp_path / "nowhere")


@POSIX
def test_a_folder_that_vanishes(tmp_path):
    """What vanishes while it is read is refused, and the rest goes on."""
    for name in ("ada", "bob", "eve"):
        write(tmp_path / name / "main.py", "all")
    found = take_in([tmp_path], STEPS, Path("/nowhere"))
    assert next(found).name == "ada"
    (tmp_path / "bob" / "main.py").unlink()
    (tmp_path / "bob").rmdir()
    assert isinstance(next(found), Refusal)
    assert isinstance(next(found), Submission)


def test_a_program_that_must_not_be_read(tmp_path, monkeypatch):
    """A program without permission to read it is listed with the reason, and not judged."""
    write(tmp_path / "class" / "ada" / "step1.py", "all")
    write(tmp_path / "class" / "ada" / "step2.py", "all")
    write(tmp_path / "class" / "bob" / "main.py", "all")
    opened = os.open

    def refuse(path, *more, **options):
        if str(path).endswith("step2.py"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *more, **options)

    monkeypatch.setattr(os, "open", refuse)
    found = taken(tmp_path / "class")
    assert found["ada"] == "step2.py cannot be read (Permission denied): check its permissions."
    assert found["bob"] == EVERY


def test_too_much_below_a_folder(tmp_path):
    """A folder that is nested without end is refused."""
    write(tmp_path.joinpath("class", "ada", *["d"] * 21, "main.py"))
    assert "nested" in taken(tmp_path / "class")["ada"]
