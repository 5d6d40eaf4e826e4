"""Where a morphology comes from: the browser, a path, or NeuroMorpho.Org."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from rheobase.morphology import Morphology, MorphologyError, load_morphology, neuromorpho
from rheobase.morphology.neuromorpho import NeuromorphoError
from rheobase.widgets.actions import action, words
from rheobase.widgets.import3d.excerpts import excerpt, lines_of
from rheobase.widgets.import3d.shape import ShapeTraits
from rheobase.widgets.latest import Latest
from rheobase.widgets.uploads import Uploads

MOST_BYTES = 64_000_000
"""Of one file that is uploaded. A whole cell with every spine has a tenth of it."""

_LISTED = 100  # of what a search finds
_SHOWN = ("name", "species", "cell_type", "brain_region", "archive")
_LONGEST_CELL = 200  # characters of a table's cell


class SourceTraits(ShapeTraits):
    """Opening a morphology, and what is said where that fails.

    - `file_name`: of what is open; empty before anything is.
    - `failure`: why the last file could not be opened: in words, with its line and the lines around it; or empty.
    - `found`: what NeuroMorpho.Org answered: `state`, `message` and the rows of the table.
    """

    file_name = traitlets.Unicode().tag(sync=True)
    failure: Any = traitlets.Dict().tag(sync=True)
    found: Any = traitlets.Dict({"state": "", "message": "", "rows": []}).tag(sync=True)

    _site: Latest | None = None  # a refused tool is closed too

    def __init__(self, **traits: Any) -> None:
        self._uploads = Uploads(MOST_BYTES, "morphology")
        self._lines: list[str] = []
        super().__init__(**traits)

    def close(self) -> None:
        """Take the widget off the page and ask NeuroMorpho.Org no more."""
        if self._site is not None:
            self._site.close()
        super().close()

    def take(self, morphology: Morphology, file: str, origin: str) -> None:
        """Show another morphology, which `origin` gives as code."""
        raise NotImplementedError

    def open_file(self, path: str | os.PathLike[str]) -> None:
        """Open a file in place of what is open; of one that cannot be read the tool tells, and stays as it was."""
        with self.lock, self.hold_sync():
            if not isinstance(path, str | os.PathLike):
                raise TypeError(f"open_file() needs a path, as in open_file('cell.swc'), not {path!r}")
            file = Path(path).expanduser()
            self._try(file.name, lambda: load_morphology(file), lambda: _beginning_of(file), _load(str(path)))

    @action("open.path")
    def open_path(self, path: str) -> None:
        """Open a file by its path."""
        if not path.strip() or "\0" in path:
            raise ValueError("give the path of a file")
        self.open_file(path.strip())

    @action("open.upload")
    def open_upload(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of a file, and with the last one open it."""
        content = self._uploads.take(file, text, part, parts)
        if content is None:
            return
        data, name = content.encode(errors="replace"), Path(file).stem
        self._try(file, lambda: load_morphology(data, name=name), lambda: content, _load(file))

    @action("failure.close")
    def close_failure(self) -> None:
        """Speak no more of the file that could not be opened."""
        self.failure = {}
        self.state = "idle"
        self.revision += 1

    @action("source.lines")
    def source_lines(self, line: int) -> dict[str, Any]:
        """The lines of the file that is open around one of them."""
        if isinstance(line, bool) or not isinstance(line, int):
            raise ValueError(f"line {str(line)[:40]!r} is no whole number")
        return excerpt(self._lines, line)

    # NeuroMorpho.Org

    @action("site.search")
    def search_site(self, **wanted: str) -> None:
        """Search for what is given, with no wait for the answer: `found` tells it."""
        several = {
            key: [part.strip() for part in value.split(",") if part.strip()]
            for key, value in wanted.items()
            if key in ("species", "region", "cell_type", "archive") and isinstance(value, str)
        }
        asked = {key: parts for key, parts in several.items() if parts}
        if not asked:
            raise ValueError("say what to look for: a species, a region, a cell type or an archive")
        self._tell_found("searching", "Searching NeuroMorpho.Org …")
        self._beside(lambda: self._search(asked))

    @action("site.open")
    def open_from_site(self, name: str) -> None:
        """Download a reconstruction and open it, with no wait."""
        self._tell_found("downloading", f"Downloading {name[:_LONGEST_CELL]} …", self.found["rows"])
        self._beside(lambda: self._download(name))

    def _beside(self, task: Callable[[], None]) -> None:
        """Do a task on a thread of its own: an answer from afar may take long."""
        if self._site is None:
            self._site = Latest("rheobase-neuromorpho")
        self._site.submit(task)

    def _search(self, asked: dict[str, list[str]]) -> None:
        try:
            with warnings.catch_warnings(record=True) as notes:
                warnings.simplefilter("always")
                table = neuromorpho.search(**asked, limit=_LISTED)
        except Exception as error:  # noqa: BLE001  whatever it is belongs to this search, and is told beside it
            self._answer("error", words(error))
            return
        rows = [
            {column: str(row.get(column) or "")[:_LONGEST_CELL] for column in _SHOWN}
            for row in table.to_dict(orient="records")
        ]
        total = int(table.attrs.get("total", len(rows)))
        found = f"{total:,} found" + (f"; the first {len(rows)} are listed" if total > len(rows) else "")
        told = [f"{note.message}." for note in notes if issubclass(note.category, UserWarning)]
        self._answer("done", " ".join([*told, f"{found}."]), rows)

    def _download(self, name: str) -> None:
        rows = self.found["rows"]
        try:
            path = neuromorpho.download(name)
        except (NeuromorphoError, KeyError, ValueError, OSError) as error:
            self._answer("error", words(error), rows)
            return
        with self.lock, self.hold_sync():
            origin = f"m = rb.load_morphology(rb.neuromorpho.download({name!r}))"
            self._try(path.name, lambda: load_morphology(path), lambda: _beginning_of(path), origin)
            self._answer("done", f"Opened {name}.", rows)

    def _answer(self, state: str, message: str, rows: list[dict[str, str]] | None = None) -> None:
        with self.lock:
            if self.comm is not None:
                self._tell_found(state, message, rows)

    def _tell_found(self, state: str, message: str, rows: list[dict[str, str]] | None = None) -> None:
        self.found = {"state": state, "message": message, "rows": rows or []}
        self.revision += 1

    def _try(self, file: str, read: Callable[[], Morphology], text: Callable[[], str], origin: str) -> None:
        try:
            morphology = read()
        except (MorphologyError, OSError, ValueError) as error:
            line = getattr(error, "line", None)
            reason = error.strerror if isinstance(error, OSError) and error.strerror else words(error)
            self.failure = {
                "words": f"{file} could not be opened: {reason}",
                "line": line,
                "excerpt": excerpt(lines_of(text()), line) if line is not None else None,
            }
            self.state, self.error = "error", self.failure["words"]
            self.revision += 1
            return
        self._lines = lines_of(morphology.text)
        self.failure = {}
        self.state, self.error = "idle", ""
        self.take(morphology, file, origin)


def _load(path: str) -> str:
    return f"m = rb.load_morphology({path!r})"


def _beginning_of(path: Path) -> str:
    """The text of a file as far as it is worth showing, or nothing."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode(errors="replace")
    except OSError:
        return ""
