"""Mechanisms from NMODL files."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.nmodl.compile import compile_file
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.source import MAX_CHARACTERS, decode
from rheobase.mechanisms.nmodl.syntax import Assign, File
from rheobase.mechanisms.nmodl.walk import bodies, within
from rheobase.mechanisms.registry import Translator, compiled, refill, register_loaded, register_source_kind
from rheobase.mechanisms.source import Source

KIND, TABULATED = "nmodl", "nmodl_tabulated"
_INCLUDE = re.compile(r"^\s*INCLUDE\b", re.MULTILINE)


def load_mod(
    path: str | Path | None = None,
    *,
    text: str | None = None,
    name: str | None = None,
    tables: bool = False,
    _stacklevel: int = 3,
) -> type[Mechanism]:
    """Load a mechanism from an NMODL file, so that cells can insert or place it.

    The file is read, never run. One that has the name of a mechanism already there replaces it, with a warning.

    **Arguments:** the `path` of a file; or its `text` and the `name` that messages call it; `tables`, to look rates up
    in the tables that a file asks for by TABLE, as NEURON does, rather than to compute them exactly.

    **Returns:** the mechanism, a class: `cell["soma"].insert(ca, gbar=1e-3)` or `cell.place(synapse(tau=2), ...)`.

    **Raises:** NmodlError, with line and column, for what is no NMODL or cannot run; OSError for a file that cannot
    be read.

    >>> leak = load_mod(text='''
    ... NEURON { SUFFIX leaky NONSPECIFIC_CURRENT i RANGE g, e }
    ... PARAMETER { g = 0.001 (S/cm2) e = -70 (mV) }
    ... ASSIGNED { v (mV) i (mA/cm2) }
    ... BREAKPOINT { i = g*(v - e) }
    ... ''', name="leaky")
    >>> [p.name for p in leak.parameters], dict(leak.current_names)
    (['g', 'e'], {'i': None})
    """
    if (path is None) == (text is None):
        raise TypeError("load_mod takes the path of a file, or text=")
    source = _source_of(Path(path)) if path is not None else Source(KIND, name or "text", text or "")
    if tables:
        source = replace(source, kind=TABULATED)
    definition = compiled(source)
    if lost := assigned_pointers(definition):
        warnings.warn(
            f"{definition.name} assigns to the POINTER {', '.join(lost)}: what is bound to it is read, never changed",
            stacklevel=_stacklevel - 1,
        )
    return register_loaded(definition, stacklevel=_stacklevel)


def assigned_pointers(definition: type[Mechanism]) -> tuple[str, ...]:
    """The pointers that a file assigns to, whose targets Rheobase leaves as they are.

    >>> from rheobase.mechanisms import mechanism
    >>> assigned_pointers(mechanism("hh"))
    ()
    """
    file: File | None = getattr(definition, "file", None)
    if file is None:
        return ()
    assigned = {s.target.name for _, body in bodies(file) for s in within(body) if isinstance(s, Assign)}
    return tuple(name for name in definition.pointers if name in assigned)


def load_mods(folder: str | Path, *, tables: bool = False, strict: bool = False) -> dict[str, type[Mechanism]]:
    """Load every NMODL file of a folder.

    **Arguments:** the `folder`; `tables`, as of `load_mod`; `strict`, to raise at the first file that cannot be loaded.

    **Returns:** the mechanisms by name. A file that cannot be loaded is left out, with a warning that says why.

    **Raises:** NotADirectoryError; with `strict`, NmodlError.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    loaded = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() == ".mod" and path.is_file()):
        try:
            definition = load_mod(path, tables=tables, _stacklevel=4)
        except NmodlError as error:
            if strict:
                raise
            warnings.warn(f"left out: {error}", stacklevel=2)
        else:
            loaded[definition.name] = definition
    return loaded


def function_table(mechanism: type[Mechanism], name: str, *table: Any) -> type[Mechanism]:
    """Fill a FUNCTION_TABLE: straight lines between the points, the end values outside.

    **Arguments:** the `mechanism`; the function's `name`; then the points of each of its arguments, increasing, and
    the values at them, of one axis for each argument.

    **Returns:** the mechanism: the same one when its table was empty, else another, which replaces it for cells that
    take it from now on.

    **Raises:** KeyError for a function it does not have, ValueError for points that do not fit.
    """
    source = mechanism.made_from
    file = getattr(mechanism, "file", None)
    blocks = {b.name: b for b in file.blocks if b.kind == "FUNCTION_TABLE"} if file else {}
    if source is None or name not in blocks:
        raise KeyError(f"{mechanism.name} has no FUNCTION_TABLE {name!r}; it has {', '.join(blocks) or 'none'}")
    filled = _checked(f"{mechanism.name}.{name}", table, len(blocks[name].arguments))
    others = tuple(entry for entry in source.tables if entry[0] != name)
    new = Source(source.kind, source.name, source.text, (*others, (name, filled)))
    if len(others) == len(source.tables):
        translation: Any = getattr(mechanism, "translation")  # noqa: B009  not every mechanism has one
        translation.fill(new.tables)
        return refill(mechanism, new)
    return register_loaded(compiled(new))


def _checked(label: str, table: Sequence[Any], arguments: int) -> tuple[tuple[float, ...], ...]:
    if len(table) != arguments + 1:
        raise ValueError(f"{label} takes the points of {arguments} arguments and its values, {arguments + 1} arrays")
    axes = [np.asarray(axis, float) for axis in table[:-1]]
    values = np.asarray(table[-1], float)
    for axis in axes:
        if axis.ndim != 1 or len(axis) < 2 or not np.all(np.diff(axis) > 0) or not np.isfinite(axis).all():
            raise ValueError(f"{label}: the points of an argument must be two or more finite numbers that increase")
    shape = tuple(len(axis) for axis in axes)
    if values.shape != shape or not np.isfinite(values).all():
        raise ValueError(f"{label}: the values must be finite, of shape {shape}, and are of shape {values.shape}")
    return (*(tuple(axis.tolist()) for axis in axes), tuple(values.ravel().tolist()))


def _source_of(path: Path) -> Source:
    size = path.stat().st_size
    if size > MAX_CHARACTERS:
        raise NmodlError(f"the file has {size} bytes; a mechanism may have {MAX_CHARACTERS}", file=path.name)
    text = decode(path.read_bytes())
    if _INCLUDE.search(text):
        from rheobase.mechanisms.nmodl.write import write

        # A document carries the mechanism without its folder, so what is included stands in its place.
        text = write(parse(text, path.name, path.parent))
    return Source(KIND, path.name, text)


def _compile(source: Source) -> type[Mechanism]:
    try:
        return compile_file(parse(source.text, source.name), source, use_tables=source.kind == TABULATED)
    except NmodlError as error:
        error.file = error.file or source.name
        raise
    except RecursionError:
        raise NmodlError("blocks are nested too deeply", file=source.name) from None


def _program(source: Source) -> str:
    tables = ", tables=True" if source.kind == TABULATED else ""
    loaded = f"rb.load_mod(text={source.text!r}, name={source.name!r}{tables})"
    for name, table in source.tables:
        loaded = _filled(loaded, name, table)
    return loaded


def _filled(loaded: str, name: str, table: tuple[tuple[float, ...], ...]) -> str:
    *axes, values = table
    shape = tuple(len(axis) for axis in axes)
    nested = np.reshape(values, shape).tolist()
    arguments = [repr(list(axis)) for axis in axes] + [repr(nested)]
    return f"rb.function_table({loaded}, {name!r}, {', '.join(arguments)})"


register_source_kind(KIND, Translator(_compile, _program))
register_source_kind(TABULATED, Translator(_compile, _program))
