"""Takes in what was handed in: folders and archives, one submission at a time."""

import hashlib
import io
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from checker.errors import UnusableInput
from checker.files import real
from checker.grading.archives import CLASS, SUBMISSION, is_archive, stem, unpacked
from checker.grading.entries import (
    STEP_FOLDER,
    Entry,
    Unusable,
    clean,
    entries_below,
    entry_at,
    is_left_out,
    scan,
)
from checker.grading.layout import archives_among, is_judged, lay_out, no_telling, step_number
from checker.grading.model import Refusal
from checker.grading.submission import Submission
from checker.kata import Step
from checker.workspace import LARGEST_SOURCE, NoSource, NotAFile, NotHandedIn

# How Moodle and Canvas name what they hand out; Canvas has no folders, only such files.
MOODLE = re.compile(r"(?P<who>.+_\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?(?P<id>_\d+)_\d+_(?P<file>.+)", re.DOTALL)
LATE = "Canvas marked it as late."
LOOSE = (
    "It lies beside other hand-ins, and there is no telling whose it is: put it into a folder of "
    "its own."
)


Taken = Submission | Refusal


@dataclass(frozen=True)
class Node:
    """Something at the top of a class: a folder with its entries, or a file, perhaps a link."""

    name: str
    is_folder: bool
    entries: Callable[[], list[Entry]]
    is_link: bool = False


@dataclass(frozen=True)
class HandIn:
    """What one person handed in, found but not read yet.

    `name` is what its submission is called, `given` what its file or folder is called, `kind` what
    that name does not say of it, and `within` the folder or archive that it lies in.
    """

    name: str
    given: str
    kind: str
    within: str
    entries: Callable[[], list[Entry]]
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it lies, as the one who looks for it would say."""
        return f"{self.within}/{self.given}"

    @property
    def other_names(self) -> tuple[str, ...]:
        """Names that it may have where others have its own, which say nothing of the others."""
        digits = hashlib.sha256(self.place.encode()).hexdigest()[:8]
        return (
            f"{self.given} ({self.kind})" if self.kind else self.given,
            f"{self.given} ({self.within})",
            f"{self.given} ({self.within}, {digits})",
        )


def folded(name: str) -> str:
    """A name without what some systems do not tell apart."""
    return unicodedata.normalize("NFC", name).casefold()


def take_in(
    paths: Sequence[Path], steps: Sequence[Step], leave_out: Path, *, single: bool = False
) -> Iterator[Taken]:
    """Every submission at `paths`, in order, and what could not be taken, each with a name.

    Where several have one name, all of them are renamed, each by what it is itself: nobody gets
    the name of another because one more came. A path that is given twice, or lies within another,
    counts once. The folder `leave_out` is passed over. With `single` whatever is at a path is one
    submission. Raises `UnusableInput` if there is nothing at one of the paths.
    """
    given = dict.fromkeys(map(real, paths))
    paths = [path for path in given if given.keys().isdisjoint(path.parents) or not path.exists()]
    namesakes = by_name(paths, leave_out, single)
    taken: set[str] = set()
    for path in paths:
        for hand_in in at(path, leave_out, single):
            if isinstance(hand_in, Refusal):
                yield hand_in
            else:
                others = namesakes.get(folded(hand_in.name), ())
                yield submission(renamed(hand_in, others, taken), steps)


def by_name(paths: Sequence[Path], leave_out: Path, single: bool) -> dict[str, list[HandIn]]:
    """All hand-ins by their names, empty; to name them nothing of them has to be read."""
    found: dict[str, list[HandIn]] = {}
    for path in paths:
        for hand_in in at(path, leave_out, single):
            if isinstance(hand_in, HandIn):
                empty = replace(hand_in, entries=list)
                found.setdefault(folded(hand_in.name), []).append(empty)
    return found


def renamed(hand_in: HandIn, namesakes: Sequence[HandIn], taken: set[str]) -> HandIn:
    """The hand-in under a name that no other has, not even in other letters or accents."""
    name, others = hand_in.name, [one for one in namesakes if one.place != hand_in.place]
    for level in range(len(hand_in.other_names)) if others else ():
        name = hand_in.other_names[level]
        if folded(name) not in {folded(other.other_names[level]) for other in others}:
            break
    count, first = 1, name
    while folded(name) in taken:
        count += 1
        name = f"{first} ({count})"
    taken.add(folded(name))
    if name == hand_in.name:
        return hand_in
    other = others[0].name if others else hand_in.name
    note = f"Another hand-in is called {other}; this one is {hand_in.place}, and was renamed."
    return replace(hand_in, name=name, notes=(note, *hand_in.notes))


def at(path: Path, leave_out: Path, single: bool) -> Iterator[HandIn | Refusal]:
    """What was handed in at one path."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            nodes = [node_of(path, name) for name in names_in(path, leave_out)]
            yield from hand_ins(path, "folder", nodes, single)
        elif stat.S_ISREG(mode):
            yield from in_file(path, single)
        else:
            raise UnusableInput(f"{str(path)!r} is neither a folder nor a file: name one.")
    except FileNotFoundError:
        raise UnusableInput(f"There is no {str(path)!r}: name what was handed in.") from None
    except OSError as error:
        raise UnusableInput(
            f"{str(path)!r} cannot be read ({error.strerror}): check its permissions."
        ) from error


def names_in(folder: Path, leave_out: Path) -> list[str]:
    """The names in a folder, sorted, without the one passed over."""
    names = [item.name for item in scan(folder) if folder / item.name != leave_out]
    return sorted(names, key=clean)


def node_of(folder: Path, name: str) -> Node:
    """The node for a name in a folder; a link is a file that cannot be read."""
    path = folder / name
    link = path.is_symlink()
    if path.is_dir() and not link:
        return Node(name, True, lambda: entries_below(path))
    return Node(name, False, lambda: [entry_at(folder, (name,), link)], link)


def in_file(path: Path, single: bool) -> Iterator[HandIn | Refusal]:
    """What was handed in as one file: a program, or an archive of one or of many submissions."""
    if not is_archive(path.name):
        node = Node(path.name, False, lambda: [entry_at(path.parent, (path.name,), False)])
        yield from hand_ins(path, "", [node], single)
        return
    with path.open("rb") as file:
        try:
            with unpacked(file, CLASS) as entries:
                nodes = top_of(entries)
                if single or is_one(nodes):
                    refuse_nested(entries)
                yield from hand_ins(path, "", nodes, single)
        except Unusable as error:
            yield Refusal(clean(path.name), str(error))


def top_of(entries: Sequence[Entry]) -> list[Node]:
    """The nodes at the top of an archive, without a single folder around everything."""
    while True:
        below: dict[str, list[Entry]] = {}
        for entry in entries:
            below.setdefault(entry.path[0], []).append(entry)
        nodes = [node_in_archive(name, below[name]) for name in sorted(below, key=clean)]
        kept = [node for node in nodes if not is_left_out(node.name)]
        single = len(kept) == 1 and kept[0].is_folder and not is_submission(kept)
        if not single:
            return nodes
        entries = kept[0].entries()


def node_in_archive(name: str, entries: Sequence[Entry]) -> Node:
    """The node for the entries of an archive whose paths begin with a name."""
    inner = [replace(entry, path=entry.path[1:]) for entry in entries if len(entry.path) > 1]
    return Node(name, bool(inner), lambda: inner or list(entries))


def hand_ins(
    path: Path, kind: str, nodes: Sequence[Node], single: bool
) -> Iterator[HandIn | Refusal]:
    """The one hand-in that the nodes at a path are the top of, or one for each of them."""
    given = clean(path.name)
    if single or is_one(nodes):
        name = clean(stem(path.name) if kind or is_archive(path.name) else path.stem)
        yield HandIn(name, given, kind, clean(path.parent.name), lambda: whole(nodes))
        return
    together: dict[str, list[tuple[Node, str, bool]]] = {}
    for node in nodes:
        if is_left_out(node.name):
            continue
        who, file, late = owner(node)
        if who:
            together.setdefault(who, []).append((node, file, late))
        elif is_submission([node]):
            yield Refusal(clean(node.name), LOOSE)
        elif node.is_folder or (is_archive(node.name) and not node.is_link):
            name, own = clean(stem(node.name)), clean(node.name)
            yield HandIn(name, own, "folder" if node.is_folder else "", given, node.entries)
        else:
            yield Refusal(clean(node.name), why_none(node))
    for who, pieces in together.items():
        is_late = any(late for _, _, late in pieces)
        notes = (LATE,) if is_late else ()
        yield HandIn(clean(who), clean(who), "files", given, partial(joined, pieces), notes)


def why_none(node: Node) -> str:
    """Why something at the top of a class is no hand-in."""
    if node.is_link:
        return "It is a symbolic link, and links are not followed: put what it leads to in place."
    if node.name.lower().endswith(".py"):
        return "Its name is that of no step: name it main.py or stepN.py, in a folder."
    return "It is neither a folder, nor an archive, nor named like a step."


def is_submission(nodes: Iterable[Node]) -> bool:
    """Whether nodes are the top of one submission: a program, step folders, or their parent."""
    return any(
        (STEP_FOLDER.fullmatch(node.name) or node.name == "steps")
        if node.is_folder
        else step_number((node.name,)) is not None
        for node in nodes
    )


def is_one(nodes: Sequence[Node]) -> bool:
    """Whether nodes are the top of one submission and not of a class in which a program lies loose.

    One may hold an older one; two or more that could stand alone are those of several people.
    """
    return is_submission(nodes) and len([node for node in nodes if stands_alone(node)]) < 2


def stands_alone(node: Node) -> bool:
    """Whether a node is a hand-in by itself: neither a program nor a step's folder nor junk."""
    if is_left_out(node.name) or is_submission([node]):
        return False
    if owner(node)[0]:
        return True
    if not node.is_folder:
        packed_step = STEP_FOLDER.fullmatch(stem(node.name))
        return is_archive(node.name) and not node.is_link and not packed_step
    with suppress(Unusable, OSError):  # told when it is taken in
        return any(is_archive(entry.name) or is_judged(entry) for entry in node.entries())
    return False


def whole(nodes: Iterable[Node]) -> list[Entry]:
    """All entries of nodes, as one submission."""
    return [
        replace(entry, path=(node.name, *entry.path)) if node.is_folder else entry
        for node in nodes
        if not is_left_out(node.name)
        for entry in node.entries()
    ]


def owner(node: Node) -> tuple[str, str, bool]:
    """Whose a node is by the name that Moodle or Canvas gave it, its own name, and if late."""
    if found := MOODLE.fullmatch(node.name):
        return found["who"], found["file"], False
    if (found := CANVAS.fullmatch(node.name)) and not node.is_folder:
        return found["name"] + found["id"], found["file"], bool(found["late"])
    return "", "", False


def joined(pieces: Iterable[tuple[Node, str, bool]]) -> list[Entry]:
    """The entries of all that one person handed in, under their own names."""
    return [
        entry if node.is_folder else replace(entry, path=(file or node.name,))
        for node, file, _ in pieces
        for entry in node.entries()
    ]


def submission(hand_in: HandIn, steps: Sequence[Step]) -> Taken:
    """The submission that a hand-in makes, or why it makes none."""
    try:
        with opened(hand_in.entries()) as found:
            layout = lay_out(found, steps)
            cache: dict[tuple[str, ...], bytes | NoSource] = {}
            files = {step.name: source_for(step, layout.files, cache) for step in steps}
        return Submission(hand_in.name, files, (*hand_in.notes, *layout.notes))
    except Unusable as error:
        return Refusal(hand_in.given, str(error))
    except OSError as error:
        return Refusal(hand_in.given, f"It could not be read ({error.strerror}).")


@contextmanager
def opened(entries: list[Entry]) -> Iterator[list[Entry]]:
    """The entries themselves, or those of the one archive that is all there is to judge.

    Raises `Unusable` for what no archive may hold, another archive among it.
    """
    refuse(entries)
    archives = archives_among(entries)
    if not archives or any(map(is_judged, entries)):
        yield entries
        return
    if len(archives) > 1:
        raise no_telling(*archives[:2])
    with unpacked(io.BytesIO(read_archive(archives[0])), SUBMISSION) as inner:
        refuse(inner)
        refuse_nested(inner)
        yield inner


def refuse(entries: Iterable[Entry]) -> None:
    """Raise `Unusable` if one of the entries must not be there."""
    for entry in entries:
        if entry.refused:
            raise Unusable(entry.refused)


def refuse_nested(entries: Iterable[Entry]) -> None:
    """Raise `Unusable` if one of a submission's entries is an archive."""
    for entry in entries:
        if is_archive(entry.name):
            raise Unusable(f"The archive holds another archive ({entry.shown}).")


def read_archive(entry: Entry) -> bytes:
    """The bytes of an archive that was handed in; raises `Unusable` if it is none or too large."""
    try:
        return entry.read(SUBMISSION.packed)
    except NoSource as error:
        raise Unusable(error.problem) from None


def source_for(
    step: Step, files: Mapping[str, Entry], cache: dict[tuple[str, ...], bytes | NoSource]
) -> bytes | NoSource:
    """The program handed in for a step, read once, or why there is none.

    Raises `Unusable` for one that is there and cannot be read, which is not its author's fault.
    """
    entry = files.get(step.name)
    if entry is None:
        return NotHandedIn(
            f"There is no file for {step.name}",
            f"Hand in {step.folder.name}/main.py, or a file {step.name}.py",
        )
    if entry.path not in cache:
        try:
            cache[entry.path] = entry.read(LARGEST_SOURCE)
        except NotAFile as error:
            cache[entry.path] = error
        except NoSource as error:
            raise Unusable(str(error)) from None
    return cache[entry.path]
