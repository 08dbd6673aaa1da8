"""Archives from strangers: listed within limits, read piece by piece, never unpacked to disk."""

import io
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from checker.grading.entries import DEEPEST, Entry, Unusable, clean
from checker.workspace import LARGEST_SOURCE, too_large

READ = (".zip", ".tar.gz", ".tgz")
NOT_READ = (".7z", ".rar", ".tar", ".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz", ".gz")
MIB = 1024 * 1024
LONGEST_NAME = 255
LONGEST_PATH = 1024
LOCKED = "a password"
# Below this size no ratio is suspicious.
HARMLESS = MIB
# More than this no extended header of a tar archive needs.
LARGEST_HEADER = 16 * 1024
CHUNK = 64 * 1024
# The headers of a tar archive that only tell more of the member after them.
EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold: files, bytes packed and unpacked, and how often the one in other.

    Folders count as files. `directory` is how many bytes the table of contents of a zip file may
    have, or all extended headers of a tar archive together.
    """

    entries: int
    packed: int
    unpacked: int
    directory: int
    ratio: int = 200

    def too_many(self) -> Unusable:
        """The error for an archive of more files than it may hold."""
        return Unusable(f"The archive holds more than {self.entries} files and folders.")

    def too_long(self) -> Unusable:
        """The error for an archive whose names and what else it says of its files are too much."""
        return Unusable(
            f"What the archive says of its files has more than {self.directory // MIB} MiB: "
            "hand in fewer."
        )


SUBMISSION = ArchiveLimits(10_000, 32 * MIB, 64 * MIB, 2 * MIB)
CLASS = ArchiveLimits(1_000_000, 8192 * MIB, 65_536 * MIB, 256 * MIB)


def is_archive(name: str) -> bool:
    """Whether a file is an archive, by its name; perhaps one that cannot be read."""
    return name.lower().endswith((*READ, *NOT_READ))


def stem(name: str) -> str:
    """The name of an archive without what says that it is one."""
    for ending in READ:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


@contextmanager
def unpacked(file: IO[bytes], limits: ArchiveLimits) -> Iterator[list[Entry]]:
    """The entries of an archive, readable as long as the context lasts; raises `Unusable`."""
    start = file.read(4)
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise Unusable("It is empty: hand it in again.")
    if size > limits.packed:
        raise Unusable(f"The archive is larger than {limits.packed // MIB} MiB.")
    if start.startswith(b"PK"):
        with open_zip(file, limits) as archive:
            yield zip_entries(archive, limits)
    elif start.startswith(b"\x1f\x8b"):
        with tempfile.TemporaryFile() as kept:
            yield tar_entries(file, size, kept, limits)
    else:
        raise Unusable("It is neither a .zip nor a .tar.gz archive: hand in one of these.")


class BoundedFile(io.BufferedIOBase):
    """A zip file of which never more is read at once than its table of contents may have.

    zipfile reads that table at once, of whatever size the end of the file announces in one of
    several ways. What they are need not be known here: each leads to this one place.
    """

    def __init__(self, file: IO[bytes], limits: ArchiveLimits) -> None:
        self._file = file
        self._limits = limits

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes; raises `Unusable` if they are too many, or list too many files."""
        most = self._limits.directory
        data = self._file.read(size if size is not None and 0 <= size <= most else most + 1)
        if data.count(b"PK\x01\x02") > self._limits.entries:
            raise self._limits.too_many()
        if len(data) > most:
            raise self._limits.too_long()
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place where it is."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Always."""
        return True


@contextmanager
def open_zip(file: IO[bytes], limits: ArchiveLimits) -> Iterator[zipfile.ZipFile]:
    """The zip file, if its table of contents is sound and not too large."""
    with sound():
        archive = zipfile.ZipFile(BoundedFile(file, limits))
    with archive:
        yield archive


def zip_entries(archive: zipfile.ZipFile, limits: ArchiveLimits) -> list[Entry]:
    """The files of a zip archive; what must not be in one is refused entry by entry."""
    if len(archive.infolist()) > limits.entries:
        raise limits.too_many()
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if sum(info.file_size for info in infos) > limits.unpacked:
        raise Unusable(f"Unpacked, the archive has more than {limits.unpacked // MIB} MiB.")
    seen: set[tuple[str, ...]] = set()
    found = []
    for info in infos:
        path = parts(info.filename)
        twice = "two files of one name" if path in seen else None
        seen.add(path)
        refused = path_problem(info.filename) or zip_problem(info, limits) or twice
        reader = ZipReader(archive, info, "/".join(path))
        found.append(Entry(path, reader, sentence(info.filename, refused)))
    return found


@dataclass(frozen=True)
class ZipReader:
    """Reads one file out of a zip archive."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    shown: str

    def __call__(self, most: int) -> bytes:
        """The file's bytes; raises `NotAFile` if they are more than `most`."""
        with sound(), self.archive.open(self.info) as file:
            data = bytearray()
            # To the very end, where the checksum is compared.
            while len(data) <= most and (chunk := file.read(CHUNK)):
                data += chunk
        if len(data) > most:
            raise too_large(self.shown, most)
        return bytes(data)


def zip_problem(info: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    """What an entry of a zip archive is that must not be there."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 0x1:
        return LOCKED
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    if kind not in (0, stat.S_IFREG):
        return "a device or something like it"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a compression that is not read"
    if info.file_size > max(HARMLESS, limits.ratio * info.compress_size):
        return f"a file packed more than {limits.ratio} times smaller than it is"
    return None


class Unpacking:
    """What a gzip file unpacks to, piece by piece; `Unusable` where it grows beyond all measure."""

    def __init__(self, file: IO[bytes], packed: int, limits: ArchiveLimits) -> None:
        self.place = 0
        self._file = file
        self._limits = limits
        self._most = min(limits.unpacked, max(HARMLESS, packed * limits.ratio))
        self._streams = 1
        self._stream = new_stream()
        self._waiting = b""

    def read(self, size: int) -> bytes:
        """The next bytes; fewer than `size` only at the end."""
        data = bytearray()
        while len(data) < size and (piece := self._piece(size - len(data))):
            data += piece
        return bytes(data)

    def go_to(self, place: int) -> None:
        """Pass over what comes before a place; raises `EOFError` if it does not come."""
        while self.place < place:
            if not self._piece(min(CHUNK, place - self.place)):
                raise EOFError

    def _piece(self, most: int) -> bytes:
        """Some of the next bytes, none only at the end."""
        while True:
            if self._stream.eof and not self._next_stream():
                return b""
            packed = self._waiting or self._file.read(LARGEST_HEADER)
            piece = self._stream.decompress(packed, most)
            self._waiting = self._stream.unconsumed_tail
            if piece:
                break
            if not packed and not self._stream.eof:
                raise EOFError
        self.place += len(piece)
        if self.place > self._most:
            raise Unusable(
                f"Unpacked, the archive has more than {self._limits.unpacked // MIB} MiB, "
                f"or more than {self._limits.ratio} times its size."
            )
        return piece

    def _next_stream(self) -> bool:
        """Begin with the stream that follows in the file, if one does."""
        rest = self._stream.unused_data or self._file.read(LARGEST_HEADER)
        self._waiting = rest.lstrip(b"\0")
        if not self._waiting:
            return False
        self._streams += 1
        if self._streams > self._limits.entries:
            raise Unusable(f"The archive is in more than {self._limits.entries} pieces.")
        self._stream = new_stream()
        return True


def new_stream() -> "zlib._Decompress":
    """What unpacks one stream of a gzip file."""
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


def tar_members(stream: Unpacking, limits: ArchiveLimits) -> Iterator[tarfile.TarInfo]:
    """The members of a tar archive; what each holds comes next in the stream.

    `tarfile.TarFile` is not used: it keeps, copies and searches extended headers of any number,
    and reads the maps of sparse files into memory. Here each header costs what its bytes do.
    """
    extended: dict[bytes, bytes] = {}
    count = described = 0
    while (block := stream.read(tarfile.BLOCKSIZE)).strip(b"\0"):
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if member.type in EXTENDED:
            described += member.size
            if member.type in extended or not 0 <= member.size <= LARGEST_HEADER:
                raise Unusable("The archive has headers of a size that none should have.")
            if described > limits.directory:
                raise limits.too_long()
            end = stream.place + padded(member.size)
            extended[member.type] = stream.read(member.size)
            stream.go_to(end)
            continue
        count += 1
        if count > limits.entries:
            raise limits.too_many()
        extend(member, extended)
        extended = {}
        holds = member.isreg() or member.type not in tarfile.SUPPORTED_TYPES
        end = stream.place + (padded(member.size) if holds else 0)
        yield member
        stream.go_to(end)
    if not stream.place:
        raise EOFError


def padded(size: int) -> int:
    """How many bytes of a tar archive so many take."""
    return size + -size % tarfile.BLOCKSIZE


def extend(member: tarfile.TarInfo, extended: Mapping[bytes, bytes]) -> None:
    """Give a member the name and size that the headers before it say it has."""
    records: dict[bytes, bytes] = {}
    for kind in (tarfile.SOLARIS_XHDTYPE, tarfile.XHDTYPE):
        records |= pax_records(extended.get(kind, b""))
    if member.type == tarfile.GNUTYPE_SPARSE or any(
        key.startswith(b"GNU.sparse.") for key in records
    ):
        raise Unusable(
            f"The archive holds a sparse file ({clean(member.name):.100}): pack it as a whole."
        )
    long = extended.get(tarfile.GNUTYPE_LONGNAME, b"").partition(b"\0")[0]
    if name := records.get(b"path", long):
        member.name = name.decode("utf-8", "surrogateescape")
    member.size = int(records.get(b"size", member.size))
    if member.size < 0:
        raise tarfile.ReadError


def pax_records(body: bytes) -> dict[bytes, bytes]:
    """What a PAX header says: records like `12 path=a.b`, each with its length and a new line."""
    found = {}
    at = 0
    while at < len(body):
        digits = body[at : at + len(str(LARGEST_HEADER)) + 1].partition(b" ")[0]
        end = at + int(digits)
        if not at + len(digits) < end <= len(body):
            raise tarfile.ReadError
        key, _, value = body[at + len(digits) + 1 : end - 1].partition(b"=")
        found[key] = value
        at = end
    return found


def tar_entries(
    file: IO[bytes], packed: int, kept: IO[bytes], limits: ArchiveLimits
) -> list[Entry]:
    """The files of a .tar.gz archive; those that may be needed are kept in a temporary file.

    Such an archive can only be read from its start, and submissions may lie mixed in it.
    """
    found: list[Entry] = []
    seen: set[tuple[str, ...]] = set()
    stream = Unpacking(file, packed, limits)
    with sound():
        for member in tar_members(stream, limits):
            if member.isdir():
                continue
            path = parts(member.name)
            twice = "two files of one name" if path in seen else None
            seen.add(path)
            refused = path_problem(member.name) or tar_problem(member) or twice
            reader = keep(stream, member, kept, refused is None)
            found.append(Entry(path, reader, sentence(member.name, refused)))
    return found


def tar_problem(member: tarfile.TarInfo) -> str | None:
    """What an entry of a tar archive is that must not be there."""
    if member.issym() or member.islnk():
        return "a link"
    return None if member.isreg() else "a device or something like it"


def keep(stream: Unpacking, member: tarfile.TarInfo, kept: IO[bytes], wanted: bool) -> "KeptReader":
    """A reader for a member, whose bytes are copied if they may be asked for."""
    name = member.name.lower()
    most = SUBMISSION.packed if is_archive(name) else LARGEST_SOURCE
    start = kept.tell()
    if wanted and (is_archive(name) or name.endswith(".py")):
        end = stream.place + min(member.size, most + 1)
        while stream.place < end:
            if not kept.write(stream.read(min(CHUNK, end - stream.place))):
                raise EOFError
    return KeptReader(kept, start, kept.tell() - start, member.name)


@dataclass(frozen=True)
class KeptReader:
    """Reads one file that was copied out of a tar archive."""

    kept: IO[bytes]
    start: int
    length: int
    shown: str

    def __call__(self, most: int) -> bytes:
        """The file's bytes; raises `NotAFile` if they are more than `most`."""
        if self.length > most:
            raise too_large(self.shown, most)
        self.kept.seek(self.start)
        return self.kept.read(self.length)


@contextmanager
def sound() -> Iterator[None]:
    """Turn whatever a broken archive leads to into `Unusable`."""
    try:
        yield
    except BROKEN as error:
        raise Unusable("The archive is broken: pack it again.") from error


def parts(name: str) -> tuple[str, ...]:
    """The parts of a path in an archive; some programs for Windows write backslashes.

    No more than may be are kept: a path with more is refused, and would only cost memory.
    """
    found = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return tuple(found[:DEEPEST]) or ("?",)


def path_problem(name: str) -> str | None:
    """What is wrong with a path in an archive."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:/", plain):
        return "an absolute path"
    if ".." in plain.split("/"):
        return "a path that climbs out of it"
    encoded = [part.encode("utf-8", "backslashreplace") for part in plain.split("/")]
    long = sum(map(len, encoded)) > LONGEST_PATH or max(map(len, encoded)) > LONGEST_NAME
    return "a path that is too long" if long or len(encoded) > DEEPEST else None


def sentence(name: str, refused: str | None) -> str | None:
    """The reason why the archive that holds this entry is not taken in."""
    does = "is protected by" if refused == LOCKED else "holds"
    return f"The archive {does} {refused} ({clean(name):.100})." if refused else None
