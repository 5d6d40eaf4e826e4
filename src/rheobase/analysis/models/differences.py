"""What differs between two cells, in the words of their documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rheobase.analysis.models.overview import by_section, targets
from rheobase.analysis.words import counted, listed, number
from rheobase.model import Cell, Placed

if TYPE_CHECKING:
    import pandas as pd

_SECTION = ("L", "diam", "nseg", "area", "parent", "child_end")
_CLOSE = 1e-12  # of a value: what arithmetic alone may change


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in two cells.

    **Fields:** `kind`: `"section"`, `"subset"`, `"mechanism"`, `"parameter"`, `"process"` or `"connection"`; `what`;
    `first`, `second`: how it is in either cell, in words, empty where it is not; `sections`: where.
    """

    kind: str
    what: str
    first: str
    second: str
    sections: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.first:
            return f"{self.kind} {self.what}: only in the second ({self.second})"
        if not self.second:
            return f"{self.kind} {self.what}: only in the first ({self.first})"
        return f"{self.kind} {self.what}: {self.first} -> {self.second}"


@dataclass(frozen=True)
class Differences:
    """All that differs between the cells `first` and `second` (their names): the `items`."""

    first: str
    second: str
    items: tuple[Difference, ...]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.items)

    def to_dataframe(self) -> "pd.DataFrame":
        """Give a row for each difference: kind, what, first, second, sections."""
        import pandas as pd

        rows = [(d.kind, d.what, d.first, d.second, ", ".join(d.sections)) for d in self.items]
        return pd.DataFrame(rows, columns=["kind", "what", "first", "second", "sections"])

    def to_text(self) -> str:
        """Give a line for each difference."""
        head = f"{self.first} and {self.second}: " + (counted(len(self.items), "difference") if self.items else "alike")
        return "\n".join([head, *(f"  {item}" for item in self.items)]) + "\n"

    def __str__(self) -> str:
        return self.to_text()


def compare(first: Cell, second: Cell) -> Differences:
    """Tell what differs between two cells: sections, subsets, mechanisms, values, processes and connections.

    Values are compared as they hold in each segment, however they were assigned.

    >>> one = Cell("one")
    >>> soma = one.add_section("soma", L=20, diam=20)
    >>> _ = one["soma"].insert("hh")
    >>> two = one.copy("two")
    >>> _ = two["soma"].set("hh.gnabar", 0.2)
    >>> print(compare(one, two))
    one and two: 1 difference
      parameter hh.gnabar: 0.12 -> 0.2
    """
    first, second = first.freeze(), second.freeze()
    items = [
        *_of_sections(first, second),
        *_of_subsets(first, second),
        *_of_mechanisms(first, second),
        *_of_parameters(first, second),
        *_of_entries("process", _processes(first), _processes(second)),
        *_of_entries("connection", _connections(first), _connections(second)),
    ]
    return Differences(first.name, second.name, tuple(items))


def _of_sections(first: Cell, second: Cell) -> Iterator[Difference]:
    old, new = ({section.name: section for section in cell.sections} for cell in (first, second))
    for name in dict.fromkeys([*old, *new]):
        if name not in new or name not in old:
            section = old.get(name) or new[name]
            words = f"L {number(section.L)} um, diam {number(section.diam)} um, nseg {section.nseg}"
            yield Difference("section", name, words * (name in old), words * (name in new), (name,))
            continue
        for what in _SECTION:
            a, b = getattr(old[name], what), getattr(new[name], what)
            if a != b and not (isinstance(a, float) and np.isclose(a, b, rtol=_CLOSE, atol=0)):
                yield Difference("section", f"{name}.{what}", _words(a), _words(b), (name,))


def _of_subsets(first: Cell, second: Cell) -> Iterator[Difference]:
    old, new = ({name: cell.sections_of(name) for name in cell.document.subsets} for cell in (first, second))
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, ()), new.get(name, ())
        if set(a) != set(b):
            yield Difference("subset", name, listed(a), listed(b), tuple(sorted(set(a) ^ set(b))))


def _of_mechanisms(first: Cell, second: Cell) -> Iterator[Difference]:
    old, new = _present(first), _present(second)
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, ()), new.get(name, ())
        if set(a) != set(b):
            yield Difference("mechanism", name, listed(a), listed(b), tuple(sorted(set(a) ^ set(b))))
        elif first.document.mechanism(name) is not second.document.mechanism(name):
            yield Difference("mechanism", name, "one definition", "another definition", a)


def _present(cell: Cell) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for insertion in cell.insertions:
        found.setdefault(insertion.mechanism, {}).update(dict.fromkeys(cell.sections_of(insertion.place)))
    return {name: tuple(sections) for name, sections in found.items()}


def _of_parameters(first: Cell, second: Cell) -> Iterator[Difference]:
    known = [set(targets(cell)) for cell in (first, second)]
    for target in dict.fromkeys([*targets(first), *targets(second)]):
        if not all(target in each for each in known):
            continue  # the mechanism itself is told to be in one of them only
        old, new = by_section(first, target), by_section(second, target)
        groups: dict[tuple[str, str], list[str]] = {}
        for name in old:
            if name in new and not _alike(old[name], new[name]):
                groups.setdefault((_range(old[name]), _range(new[name])), []).append(name)
        for (a, b), sections in groups.items():
            everywhere = len(sections) == len(old)
            where = "" if everywhere else f" in {listed(sections)}"
            yield Difference("parameter", f"{target}{where}", a, b, tuple(sections))
    shared = [_shared(cell) for cell in (first, second)]
    for name in dict.fromkeys([*shared[0], *shared[1]]):
        if name in shared[0] and name in shared[1] and shared[0][name] != shared[1][name]:
            yield Difference("parameter", name, number(shared[0][name]), number(shared[1][name]))


def _alike(a: Any, b: Any) -> bool:
    if len(a) != len(b):  # the grid differs, which is told of the section
        return bool(a.min() == b.min() and a.max() == b.max())
    return bool(np.allclose(a, b, rtol=_CLOSE, atol=0))


def _range(values: Any) -> str:
    low, high = float(values.min()), float(values.max())
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _shared(cell: Cell) -> dict[str, float]:
    """Give the parameters of which one number serves the whole cell."""
    found = {}
    for name in dict.fromkeys(insertion.mechanism for insertion in cell.insertions):
        for parameter in cell.document.mechanism(name).parameters:
            if parameter.scope == "global":
                target = f"{name}.{parameter.name}"
                assignment = cell.document.assignments.get(("cell", "all", target))
                value = parameter.default if assignment is None else assignment.value
                found[target] = float(value) if isinstance(value, float) else parameter.default
    return found


def _processes(cell: Cell) -> dict[str, str]:
    return {process.name: _process_in_words(process) for process in cell.placed}


def _process_in_words(process: Placed) -> str:
    values = ", ".join(f"{name}={number(value)}" for name, value in process.placement.parameters.items())
    where = "" if process.location is None else f" at {process.location!r}"
    return f"{process.placement.mechanism}({values}){where}"


def _connections(cell: Cell) -> dict[str, str]:
    found = {}
    for name, spec in cell.document.connections.items():
        weights = ", ".join(map(number, spec.weights))
        found[name] = (
            f"{spec.source.label} above {number(spec.threshold)} mV to {spec.target}, weight {weights}, "
            f"delay {number(spec.delay)} ms"
        )
    return found


def _of_entries(kind: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, ""), new.get(name, "")
        if a != b:
            yield Difference(kind, name, a, b)


def _words(value: Any) -> str:
    return number(value) if isinstance(value, float) else repr(value) if value is not None else "none"
