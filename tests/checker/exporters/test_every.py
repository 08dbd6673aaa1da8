"""What holds for every exporter."""

import json
import tracemalloc
from dataclasses import replace

import pytest

from checker.exporters import every, feedback

ALL = [*every.EXPORTERS, feedback]


def files(folder):
    """The files below a folder with their contents."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_every_report_is_made(sample, tmp_path):
    """One call makes every report that a class always gets."""
    every.export(sample, tmp_path)
    names = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert names == {
        "results.json",
        "grades.csv",
        "junit.xml",
        "gradescope",
        ".gradescope-files.json",
        "report.md",
        "report.html",
    }


@pytest.mark.parametrize("exporter", ALL)
def test_again_is_the_same(sample, tmp_path, exporter):
    """Exporting again writes the same bytes, and leaves nothing else."""
    exporter.export(sample, tmp_path)
    first = files(tmp_path)
    exporter.export(sample, tmp_path)
    assert files(tmp_path) == first


class Stream:
    """Grades that are made when they are read, as those of a gradebook are."""

    def __init__(self, sample, count):
        self.head, self.suites, self.refused = sample.head, sample.suites, sample.refused
        self._one, self._count = sample.graded[1], count
        first, *others = self._one.result.steps
        loud = replace(first, output="hello\n" * 4000)
        result = replace(self._one.result, steps=(loud, *others))
        self._one = replace(self._one, result=result, sources={"step1": b"# x\n" * 6000})

    def __iter__(self):
        return (self._one for _ in range(self._count))


@pytest.mark.parametrize("exporter", ALL)
def test_memory_does_not_grow_with_the_class(sample, tmp_path, exporter):
    """Ten times the submissions, of 50 KB each, take no more memory than a few of them."""
    peaks = []
    for count in (10, 10, 100):  # the first time modules and templates are loaded
        tracemalloc.start()
        exporter.export(Stream(sample, count), tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1_000_000


@pytest.mark.parametrize("exporter", ALL)
def test_a_broken_run_leaves_the_old_report(sample, tmp_path, exporter):
    """Where reading the grades breaks off, the report of the time before stays whole."""

    class Broken(Stream):
        def __iter__(self):
            raise OSError("no gradebook")

    exporter.export(sample, tmp_path)
    first = files(tmp_path)
    with pytest.raises(OSError, match="no gradebook"):
        exporter.export(Broken(sample, 1), tmp_path)
    assert files(tmp_path) == first


def test_nothing_raw_reaches_a_text(sample, tmp_path):
    """No control character, no override of direction and no lone surrogate is in any file."""
    for exporter in ALL:
        exporter.export(sample, tmp_path)
    for name, data in files(tmp_path).items():
        text = data.decode("utf-8")
        for character in "\x1b\x00\u202e\ud800":
            assert character not in text, name
        if name.suffix == ".json":
            assert "\ud800" not in json.dumps(json.loads(text), ensure_ascii=False)


def test_students_see_nothing_of_hidden_checks(sample, tmp_path):
    """Neither title nor output of a hidden check is in what a student gets."""
    feedback.export(sample, tmp_path)
    pages = [path.read_text("utf-8") for path in (tmp_path / "feedback").iterdir()]
    assert len(pages) == 8
    for page in pages:
        assert "secret" not in page
        assert "args" not in page
