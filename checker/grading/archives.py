"""Archives from strangers: listed within limits, read piece by piece, never unpacked to disk."""

import gzip
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from checker.grading.entries import DEEPEST, Entry, Unusable
from checker.workspace import LARGEST_SOURCE, too_large

READ = (".zip", ".tar.gz", ".tgz")
NOT_READ = (".7z", ".rar", ".tar", ".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz", ".gz")
MIB = 1024 * 1024
LONGEST_NAME = 255
LONGEST_PATH = 1024
# Below this size no ratio is suspicious.
HARMLESS = MIB
# More than this no header of a tar archive needs; tarfile would read any size into memory.
LARGEST_READ = 16 * 1024
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
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

    `directory` is how many bytes the table of contents of a zip file may have.
    """

    entries: int
    packed: int
    unpacked: int
    directory: int
    ratio: int = 200


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
    if size > limits.packed:
        raise Unusable(f"The archive is larger than {limits.packed // MIB} MiB.")
    if start.startswith(b"PK"):
        with open_zip(file, size, limits) as archive:
            yield zip_entries(archive, limits)
    elif start.startswith(b"\x1f\x8b"):
        with tempfile.TemporaryFile() as kept:
            yield tar_entries(file, size, kept, limits)
    else:
        raise Unusable("It is neither a .zip nor a .tar.gz archive: hand in one of these.")


@contextmanager
def open_zip(file: IO[bytes], size: int, limits: ArchiveLimits) -> Iterator[zipfile.ZipFile]:
    """The zip file, if its table of contents is sound and not too large."""
    with sound():
        if directory_size(file, size) > limits.directory:
            raise Unusable(f"The archive holds more than {limits.entries} files.")
        archive = zipfile.ZipFile(file)
    with archive:
        yield archive


def directory_size(file: IO[bytes], size: int) -> int:
    """How many bytes of table of contents a zip file announces.

    Asked before zipfile is, since that reads all of it into memory. The announcement stands at
    the end of the file, for large ones in a second place 76 bytes before it.
    """
    file.seek(max(0, size - 65_557))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile
    (announced,) = struct.unpack_from("<I", end, at + 12)
    if announced == 0xFFFFFFFF and at >= 76 and end[at - 76 : at - 72] == b"PK\x06\x06":
        (announced,) = struct.unpack_from("<Q", end, at - 76 + 40)
    return int(announced)


def zip_entries(archive: zipfile.ZipFile, limits: ArchiveLimits) -> list[Entry]:
    """The files of a zip archive; what must not be in one is refused entry by entry."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.entries:
        raise Unusable(f"The archive holds more than {limits.entries} files.")
    if sum(info.file_size for info in infos) > limits.unpacked:
        raise Unusable(f"Unpacked, the archive has more than {limits.unpacked // MIB} MiB.")
    seen: set[tuple[str, ...]] = set()
    found = []
    for info in infos:
        path = parts(info.filename)
        twice = "two files of one name" if path in seen else None
        seen.add(path)
        refused = path_problem(info.filename) or zip_problem(info, limits) or twice
        found.append(Entry(path, ZipReader(archive, info, "/".join(path)), sentence(path, refused)))
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
            data = file.read(most + 1)
            if len(data) <= most:
                file.read(1)  # the end, where the checksum is compared
        if len(data) > most:
            raise too_large(self.shown, most)
        return data


def zip_problem(info: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    """What an entry of a zip archive is that must not be there."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 0x1:
        return "a password"
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    if kind not in (0, stat.S_IFREG):
        return "a device or something like it"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a compression that is not read"
    if info.file_size > max(HARMLESS, limits.ratio * info.compress_size):
        return f"a file packed more than {limits.ratio} times smaller than it is"
    return None


class BoundedGzip(gzip.GzipFile):
    """A gzip stream that ends in `Unusable` where it grows beyond all measure."""

    def __init__(self, file: IO[bytes], packed: int, limits: ArchiveLimits) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._most = min(limits.unpacked, max(HARMLESS, packed * limits.ratio))
        self._limits = limits

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, never many at once."""
        if size is None or not 0 <= size <= LARGEST_READ:
            raise Unusable("The archive has headers of a size that none should have.")
        data = super().read(size)
        self._check(self.tell())
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, unless that is too far away."""
        self._check(offset)
        return super().seek(offset, whence)

    def _check(self, place: int) -> None:
        if place > self._most:
            raise Unusable(
                f"Unpacked, the archive has more than {self._limits.unpacked // MIB} MiB, "
                f"or more than {self._limits.ratio} times its size."
            )


def tar_entries(
    file: IO[bytes], packed: int, kept: IO[bytes], limits: ArchiveLimits
) -> list[Entry]:
    """The files of a .tar.gz archive; those that may be needed are kept in a temporary file.

    Such an archive can only be read from its start, and submissions may lie mixed in it.
    """
    found: list[Entry] = []
    seen: set[tuple[str, ...]] = set()
    with sound(), tarfile.open(fileobj=BoundedGzip(file, packed, limits), mode="r:") as archive:
        while (member := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # or it would remember them all
            if member.isdir():
                continue
            if len(found) >= limits.entries:
                raise Unusable(f"The archive holds more than {limits.entries} files.")
            path = parts(member.name)
            twice = "two files of one name" if path in seen else None
            seen.add(path)
            refused = path_problem(member.name) or tar_problem(member) or twice
            reader = keep(archive, member, kept, refused is None)
            found.append(Entry(path, reader, sentence(path, refused)))
    return found


def tar_problem(member: tarfile.TarInfo) -> str | None:
    """What an entry of a tar archive is that must not be there."""
    if member.issym() or member.islnk():
        return "a link"
    return None if member.isreg() and not member.issparse() else "a device or something like it"


def keep(
    archive: tarfile.TarFile, member: tarfile.TarInfo, kept: IO[bytes], wanted: bool
) -> "KeptReader":
    """A reader for a member, whose bytes are copied if they may be asked for."""
    name = member.name.lower()
    most = SUBMISSION.packed if is_archive(name) else LARGEST_SOURCE
    start = kept.tell()
    if wanted and (is_archive(name) or name.endswith(".py")):
        data = archive.extractfile(member)
        assert data is not None
        while kept.tell() - start <= most and (chunk := data.read(LARGEST_READ)):
            kept.write(chunk)
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
    """The parts of a path in an archive; some programs for Windows write backslashes."""
    found = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return tuple(found) or ("?",)


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


def sentence(path: tuple[str, ...], refused: str | None) -> str | None:
    """The reason why the archive that holds this entry is not taken in."""
    shown = "/".join(path)
    return f"The archive holds {refused} ({shown:.100})." if refused else None
