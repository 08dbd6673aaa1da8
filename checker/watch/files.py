"""Notices when a learner saves: by what the system tells, or, where it tells nothing, by looking.

Whether a file changed is decided by looking at it alone, so that an editor may save in any way
it likes. What the system tells only says when to look; and it is looked at now and then anyway.
A change that was found like that and never told of shows, twice in a row, that this file system
(a network or container mount, mostly) tells nothing; from then on it is looked at more often.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from checker.watch.state import Saved

STEP = 10
"""Milliseconds without a further change after which a save is taken to be complete."""
LONGEST_BURST = 100
"""Milliseconds after which an ongoing burst of changes is looked at."""
HEARTBEAT = 0.5
"""Seconds between two looks where the system tells of changes."""
POLL = 0.1
"""Seconds between two looks where it does not."""
Signature = tuple[int, ...] | None


class FileWatcher:
    """Tells `emit` the name of each step whose file is no longer what it was, in a thread."""

    def __init__(
        self, files: Mapping[str, Path], emit: Callable[[Saved], None], *, poll: bool = False
    ) -> None:
        self.polling = poll
        self._files = dict(files)
        self._emit = emit
        self._untold = 0
        self._seen = {name: signature(path) for name, path in self._files.items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="files", daemon=True)

    def open(self) -> None:
        """Begin to watch; what changed since this object was made is told of, too."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            folders = self._folders()
            if folders and not self.polling:
                self._listen(folders)
            self._look()
            self._stop.wait(POLL if self.polling else HEARTBEAT)

    def _listen(self, folders: Mapping[Path, int]) -> None:
        """Look whenever the system tells of changes in folders, until these are others."""
        from watchfiles import watch

        try:
            for told in watch(
                *folders,
                watch_filter=None,
                debounce=LONGEST_BURST,
                step=STEP,
                stop_event=self._stop,
                rust_timeout=int(HEARTBEAT * 1000),
                yield_on_timeout=True,
                force_polling=False,
                recursive=False,
                debug=False,
                raise_interrupt=False,
            ):
                self._weigh(told=bool(told), changed=self._look())
                if self.polling or self._folders() != folders:
                    return
        except FileNotFoundError:
            return  # it went just now
        except (OSError, RuntimeError):
            self.polling = True  # the system has no watch left to give, or cannot watch this

    def _weigh(self, *, told: bool, changed: bool) -> None:
        """Judge from a look whether the system tells of changes."""
        if told:
            self._untold = 0
        elif changed:
            self._untold += 1
            self.polling = self._untold >= 2

    def _look(self) -> bool:
        """Whether any file changed since the last look; tells of each that did."""
        now = {name: signature(path) for name, path in self._files.items()}
        changed = [name for name in now if now[name] != self._seen[name]]
        self._seen = now
        for name in changed:
            self._emit(Saved(name))
        return bool(changed)

    def _folders(self) -> dict[Path, int]:
        """The folders to watch, each with what tells it from another of the same name."""
        return dict(existing(path.parent for path in self._files.values()))


def existing(folders: Iterable[Path]) -> Iterable[tuple[Path, int]]:
    """Those of the folders that are there, each with its inode."""
    for folder in folders:
        with suppress(OSError):
            yield folder, folder.stat().st_ino


def signature(path: Path) -> Signature:
    """What changes with every save of a file; `None` if there is none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size, status.st_mode
