"""The file in which every trial is kept: SQLite, written batch by batch, safe against a process that is killed.

Tables:

- `about(key, value)`: `schema`, `version`, `fit` (the document as JSON), `method`, `options` (JSON), `seed`, `budget`.
- `parameters(position, name, target, low, high, log)`: what was varied.
- `trials`: one row a trial: `trial`, `batch`, `seconds` since the run began, `error`, `guide`, how fast voltages were
  drawn to the data (per ms, 0 for the error of the fit itself), a column by name for each varied parameter, a column
  `error of <run: match>` for each match, and `note`, what went wrong, empty where nothing did.
- `exact(trial, point, parts, triangle, projected)`: the same trial to the last bit, as float64, little-endian, for
  going on: the point in the unit cube, the error of each match, and the reduced derivatives where there are any.

A batch is one transaction. Going on tells the optimiser again what it was told, so that nothing else has to be kept.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rheobase.fitting.trials import Derivatives, Trials
from rheobase.fitting.values import Vary

Floats = NDArray[np.float64]

SCHEMA = "rheobase.fit.store"
VERSION = 1
_PATIENCE = 5.0  # seconds that a lock is waited for
_EXACT = np.dtype("<f8")


class StoreError(RuntimeError):
    """A store that cannot be read or written, in words."""


class Store:
    """One run's trials in a file.

    **Raises:** StoreError for a file that is locked, damaged, full or no store.
    """

    def __init__(self, path: str | os.PathLike[str], connection: sqlite3.Connection, about: dict[str, str]) -> None:
        self.path = Path(path)
        self.about = about
        self._connection = connection
        self._names: tuple[str, ...] = ()
        with self._told():
            rows = connection.execute("select name from parameters order by position").fetchall()
            self._names = tuple(name for (name,) in rows)
            self.count = int(connection.execute("select count(*) from trials").fetchone()[0])

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        about: dict[str, str],
        parameters: Sequence[Vary],
        labels: Sequence[str],
        *,
        overwrite: bool = False,
    ) -> "Store":
        """Begin a file. **Raises:** StoreError where there is one already, unless `overwrite`."""
        path = Path(path)
        if path.exists() and path.stat().st_size:
            if not overwrite:
                with cls.open(path) as held:
                    count = held.count
                raise StoreError(
                    f"{path.name} holds a run of {count} trials already: fit.resume({str(path)!r}) goes on with it; "
                    "give another name, or overwrite=True"
                )
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        if not path.parent.is_dir():
            raise StoreError(f"{path}: there is no folder {str(path.parent)!r}; make it first")
        connection = _connect(path)
        columns = [f"{_quoted(each.name)} real" for each in parameters]
        columns += [f"{_quoted(f'error of {label}')} real" for label in labels]
        with _told(path, 0), connection:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.execute("create table about (key text primary key, value text not null)")
            connection.execute(
                "create table parameters (position integer primary key, name text, target text, low real, high real, "
                "log integer)"
            )
            connection.execute(
                "create table trials (trial integer primary key, batch integer not null, seconds real not null, "
                f"error real not null, guide real not null, {', '.join([*columns, 'note text not null'])})"
            )
            connection.execute(
                "create table exact (trial integer primary key, point blob not null, parts blob not null, "
                "triangle blob, projected blob)"
            )
            about = {"schema": SCHEMA, "version": str(VERSION), **about}
            connection.executemany("insert into about values (?, ?)", about.items())
            connection.executemany(
                "insert into parameters values (?, ?, ?, ?, ?, ?)",
                [(k, p.name, p.target, p.low, p.high, int(p.log)) for k, p in enumerate(parameters)],
            )
        return cls(path, connection, about)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Store":
        """Open a file that is there. **Raises:** StoreError, FileNotFoundError."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"there is no store {str(path)!r}")
        connection = _connect(path)
        with _told(path, 0):
            try:
                about = dict(connection.execute("select key, value from about").fetchall())
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    raise StoreError(f"{path.name}: is a database, but no store of a fit") from None
                raise
            if about.get("schema") != SCHEMA:
                raise StoreError(f"{path.name}: is a database, but no store of a fit")
            if int(about["version"]) > VERSION:
                raise StoreError(
                    f"{path.name}: is of version {about['version']}, newer than {VERSION}: update Rheobase"
                )
            connection.execute("pragma synchronous = normal")
        return cls(path, connection, about)

    def append(self, trials: Trials, batch: int, seconds: float, values: dict[str, Floats]) -> None:
        """Keep a batch, whole or not at all. **Raises:** StoreError."""
        numbers = range(self.count, self.count + len(trials))
        columns = [values[name] for name in self._names]
        rows = [
            (
                trial,
                batch,
                seconds,
                float(trials.errors[k]),
                trials.guide,
                *(float(column[k]) for column in columns),
                *(None if np.isnan(part) else float(part) for part in trials.parts[k]),
                trials.notes[k],
            )
            for k, trial in enumerate(numbers)
        ]
        each: Sequence[Derivatives | None] = trials.derivatives or (None,) * len(trials)
        exact = [
            (
                trial,
                _bytes(trials.points[k]),
                _bytes(trials.parts[k]),
                *((None, None) if d is None else (_bytes(d.triangle), _bytes(d.projected))),
            )
            for k, (trial, d) in enumerate(zip(numbers, each, strict=True))
        ]
        with self._told(), self._connection:
            self._connection.executemany(f"insert into trials values ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
            self._connection.executemany("insert into exact values (?, ?, ?, ?, ?)", exact)
        self.count += len(trials)

    def batches(self) -> Iterator[tuple[Trials, float]]:
        """All batches in order, to the last bit, each with its seconds since the run began. **Raises:** StoreError."""
        n = len(self._names)
        with self._told():
            rows = self._connection.execute(
                "select batch, seconds, error, note, point, parts, triangle, projected, guide from trials join exact "
                "using (trial) order by trial"
            ).fetchall()
        k = 0
        while k < len(rows):
            end = k
            while end < len(rows) and rows[end][0] == rows[k][0]:
                end += 1
            yield _trials(rows[k:end], n), rows[k][1]
            k = end

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        with _told(self.path, getattr(self, "count", 0)):
            yield


def _connect(path: Path) -> sqlite3.Connection:
    with _told(path, 0):
        # Searches run on a worker thread, one at a time.
        return sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)


@contextmanager
def _told(path: Path, count: int) -> Iterator[None]:
    """Tell what SQLite refuses in words."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise StoreError(
            f"{path.name}: another run writes to this store; give each run a file of its own, or wait for it to end"
        ) from None
    except sqlite3.Error as error:
        text = str(error)
        kept = f"; the {count} trials before are kept" if count else ""
        if "locked" in text or "busy" in text:
            raise StoreError(f"{path.name}: is locked by another program; close it there, then go on{kept}") from None
        if "full" in text:
            raise StoreError(f"{path.name}: the disk is full; make room, then fit.resume() goes on{kept}") from None
        if "readonly" in text or "unable to open" in text:
            raise StoreError(f"{path}: cannot be written; check the folder and its rights{kept}") from None
        if "malformed" in text or "not a database" in text or "corrupt" in text:
            raise StoreError(
                f"{path.name}: is no store of a fit, or is damaged ({text}); "
                f"'sqlite3 {path.name} .recover' may save rows of it"
            ) from None
        raise StoreError(f"{path.name}: {text}{kept}") from error


def _trials(rows: Sequence[Any], n: int) -> Trials:
    derivatives = [
        None if row[6] is None else Derivatives(_array(row[6]).reshape(n, n), _array(row[7])) for row in rows
    ]
    return Trials(
        np.stack([_array(row[4]) for row in rows]),
        np.array([row[2] for row in rows]),
        np.stack([_array(row[5]) for row in rows]),
        tuple(row[3] for row in rows),
        tuple(derivatives) if any(each is not None for each in derivatives) else None,
        float(rows[0][8]),
    )


def _bytes(array: Floats) -> bytes:
    return np.ascontiguousarray(array, _EXACT).tobytes()


def _array(data: bytes) -> Floats:
    return np.frombuffer(data, _EXACT).astype(float)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def options_text(options: dict[str, Any]) -> str:
    """Options as they are kept. **Raises:** ValueError for one that is no plain value."""
    try:
        return json.dumps(options, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError(f"options {options!r}: must be numbers and text, so that a store can keep them") from None
