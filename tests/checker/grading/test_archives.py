"""Archives made to cost their reader much, and ordinary ones of every make."""

import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from checker.grading.archives import CLASS, MIB, SUBMISSION, unpacked
from checker.grading.entries import DEEPEST, Unusable

END = b"\0" * 1024


def head(name, kind, body=b"", size=None):
    """A member of a tar archive with whatever it holds, made by hand."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(body) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + body + b"\0" * (-len(body) % 512)


def record(key, value):
    """A record of a PAX header."""
    length = len(key) + len(value) + 3
    return f"{length + len(str(length + 2))} {key}={value}\n".encode()


def packed(tar):
    """A .tar.gz archive; noise keeps it from being refused for packing too well."""
    noise = head("noise", tarfile.REGTYPE, os.urandom(len(tar) // 100))
    return gzip.compress(tar + noise + END)


def names(data, limits=SUBMISSION):
    """The paths in an archive."""
    with unpacked(io.BytesIO(data), limits) as entries:
        assert not [entry.refused for entry in entries if entry.refused]
        return ["/".join(entry.path) for entry in entries]


def refusal(data):
    """Why an archive is refused, after no more than a few MiB of memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Unusable) as caught, unpacked(io.BytesIO(data), SUBMISSION):
            pass
        assert tracemalloc.get_traced_memory()[1] < len(data) + 6 * MIB
    finally:
        tracemalloc.stop()
    return str(caught.value)


@pytest.fixture
def headers(monkeypatch):
    """The headers of tar archives that were read, one by one."""
    found = []
    real = tarfile.TarInfo.frombuf.__func__

    def frombuf(cls, *args, **kwargs):
        found.append(None)
        return real(cls, *args, **kwargs)

    monkeypatch.setattr(tarfile.TarInfo, "frombuf", classmethod(frombuf))
    return found


SPARSE = {
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.name": "main.py",
    "GNU.sparse.realsize": "5",
}


def test_a_sparse_file_with_a_map_without_end():
    """The map of a sparse file is never read, in whatever form it comes."""
    numbers = 1_000_000
    pax = b"".join(record(key, value) for key, value in SPARSE.items())
    body = f"{numbers // 2}\n".encode() + b"1\n" * numbers
    tar = head("x", tarfile.XHDTYPE, pax) + head("main.py", tarfile.REGTYPE, body)
    assert "a sparse file" in refusal(packed(tar))
    old = bytearray(head("main.py", tarfile.GNUTYPE_SPARSE))
    old[482] = 1  # more of the map follows
    old[148:156] = f"{sum(old[:148]) + 256 + sum(old[156:512]):06o}\0 ".encode()
    more = (b"1".rjust(12) * 42).ljust(512, b"1")
    assert "a sparse file" in refusal(packed(bytes(old) + more * 20_000))


def test_global_headers_that_add_up(headers):
    """Extended headers that are repeated end the reading at once."""
    keys = b"".join(record(f"{n:x}", "") for n in range(1000))
    tar = head("g", tarfile.XGLTYPE, keys) * 5 + head("d/", tarfile.DIRTYPE) * 500
    assert "headers" in refusal(packed(tar))
    assert len(headers) < 10


def test_extended_headers_that_add_up(headers):
    """One for each member is allowed, but not more than a table of contents may have."""
    pax = head("x", tarfile.XHDTYPE, record("comment", "0" * 9000))
    tar = (pax + head("d/", tarfile.DIRTYPE)) * 1000
    assert "more than 2 MiB" in refusal(packed(tar))
    assert len(headers) < 500


@pytest.mark.parametrize(
    "body", [b"9" * 9000, b"0" * 4000 + b"1 " + b"a" * 4000 + b"=", b"99 a=b\n"]
)
def test_an_extended_header_that_is_none(body):
    """What does not follow the format is broken, and no pattern is tried on it again and again."""
    tar = head("x", tarfile.XHDTYPE, body) + head("main.py", tarfile.REGTYPE)
    assert "broken" in refusal(packed(tar))


@pytest.mark.parametrize("value", ["-512", "nine", "9" * 5000])
def test_a_size_that_is_none(value):
    """A size in an extended header leads neither backwards nor into arithmetic without end."""
    pax = record("size", value)
    tar = head("x", tarfile.XHDTYPE, pax) + head("main.py", tarfile.REGTYPE)
    assert "broken" in refusal(packed(tar))


def test_folders_without_end(headers):
    """A folder counts as much as a file, in both kinds of archive."""
    assert "more than 10000 files" in refusal(packed(head("d/", tarfile.DIRTYPE) * 11_000))
    assert len(headers) == 10_001
    table = central(10_001, b"d/")
    assert "more than 10000 files" in refusal(table + end_of_zip(len(table)))


def test_streams_without_end():
    """A gzip file of empty streams is left after as many as an archive may have files."""
    assert "more than 10000" in refusal(gzip.compress(b"") * 20_000)


def central(count, name=b"a"):
    """A table of contents of a zip file, with nothing to go with it."""
    fields = (20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    return (struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", *fields) + name) * count


def end_of_zip(size, disks=b"\0\0\0\0"):
    """The last record of a zip file, that announces a table of so many bytes."""
    return struct.pack("<4s4s2H2LH", b"PK\5\6", disks, 1, 1, size, 0, 0)


def end_of_zip64(count, size):
    """The records before the last one of a large zip file."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)


@pytest.mark.parametrize(
    ("count", "name", "words"),
    [(44_000, b"a", "more than 10000 files"), (2000, b"n" * 9000, "more than 2 MiB")],
)
@pytest.mark.parametrize("form", ["plain", "zip64", "disk"])
def test_a_table_of_contents_that_hides_its_size(form, count, name, words):
    """However its end is written, no more of it is read than it may have."""
    table = central(count, name)
    end = {
        "plain": end_of_zip(len(table)),
        "zip64": end_of_zip64(count, len(table)) + end_of_zip(47),
        "disk": end_of_zip(len(table), b"PK\5\6"),
    }[form]
    assert words in refusal(table + end)


def test_a_path_with_folders_without_end():
    """Of a path that is too deep only the beginning is kept."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a/" * 30_000 + "main.py", "x")
    with unpacked(io.BytesIO(data.getvalue()), SUBMISSION) as (entry,):
        assert "too long" in entry.refused
        assert len(entry.path) == DEEPEST


LONG = "ä" * 60 + "/" + "n" * 120 + "/main.py"


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_ordinary_tar_archives(form):
    """Each format is read, with long names, times, a global comment and folders."""
    data = io.BytesIO()
    comment = {"comment": "0" * 40} if form == tarfile.PAX_FORMAT else None
    files = {"step1/main.py": b"1" * 1000, "notes.txt": b"x" * 600, "step2/main.py": b"2"}
    if form != tarfile.USTAR_FORMAT:
        files[LONG] = b"long"
    with tarfile.open(fileobj=data, mode="w:gz", format=form, pax_headers=comment) as archive:
        for name, content in files.items():
            folder = tarfile.TarInfo(name.rpartition("/")[0] or "d")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1.5 if form == tarfile.PAX_FORMAT else 1
            archive.addfile(info, io.BytesIO(content))
    assert names(data.getvalue()) == list(files)
    with unpacked(io.BytesIO(data.getvalue()), SUBMISSION) as entries:
        read = {"/".join(entry.path): entry.read(2000) for entry in entries}
    assert {name: data for name, data in read.items() if name.endswith(".py")} == {
        name: data for name, data in files.items() if name.endswith(".py")
    }


def test_a_size_that_only_the_extended_header_has():
    """The size of a file is that of the header before it, if there is one."""
    pax = head("x", tarfile.XHDTYPE, record("size", "4"))
    tar = pax + head("main.py", tarfile.REGTYPE, b"four", size=0) + head("b", tarfile.REGTYPE)
    with unpacked(io.BytesIO(gzip.compress(tar + END)), SUBMISSION) as entries:
        assert [entry.path for entry in entries] == [("main.py",), ("b",)]
        assert entries[0].read(9) == b"four"


def test_an_archive_in_several_streams():
    """Some programs pack in pieces; what they make is one archive, zeros behind it or not."""
    tar = head("main.py", tarfile.REGTYPE, b"x" * 700) + END
    pieces = [gzip.compress(tar[at : at + 300]) for at in range(0, len(tar), 300)]
    assert names(b"".join(pieces) + b"\0" * 99) == ["main.py"]


@pytest.mark.parametrize("cut", [20, 300, 600, 700])
def test_a_tar_archive_that_was_cut(cut):
    """An archive that ends too early is broken, and is never taken for a shorter one."""
    tar = head("main.py", tarfile.REGTYPE, os.urandom(700)) + END
    assert "broken" in refusal(gzip.compress(tar)[:cut])
    assert "broken" in refusal(gzip.compress(tar[:cut]))


def test_a_tar_archive_without_its_end():
    """The blocks of zeros at the end may be missing; an archive of nothing but them is empty."""
    assert names(gzip.compress(head("main.py", tarfile.REGTYPE, b"x"))) == ["main.py"]
    assert names(gzip.compress(END)) == []


def test_ordinary_zip_archives():
    """With folders, a comment, streamed by macOS, with backslashes, or before it something else."""
    data = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, piece):
            return data.write(piece)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("step1/", "step1/main.py", "__MACOSX/step1/._main.py", "step2\\main.py"):
            info = zipfile.ZipInfo(name)
            info.create_system = 3 if "MAC" in name else 0
            archive.writestr(info, "" if name.endswith("/") else "x" * 3000)
        archive.comment = b"PK made by hand"
    found = ["step1/main.py", "__MACOSX/step1/._main.py", "step2/main.py"]
    assert names(data.getvalue()) == found


def test_a_large_zip_archive_of_a_class():
    """What has so many files that its end needs the larger form is read where that is allowed."""
    table = b"".join(central(1, b"%d.py" % n) for n in range(66_000))
    data = table + end_of_zip64(66_000, len(table)) + end_of_zip(0xFFFFFFFF)
    assert len(names(data, CLASS)) == 66_000
    assert "more than 10000 files" in refusal(data)


def test_a_large_file_in_a_zip_archive():
    """A file may be larger than what is read at once."""
    data = io.BytesIO()
    content = os.urandom(5 * MIB)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("inner.zip", content)
    with unpacked(io.BytesIO(data.getvalue()), SUBMISSION) as (entry,):
        assert entry.read(8 * MIB) == content
