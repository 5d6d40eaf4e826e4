"""What a cell is, read off its document: counts, groups, the values of every parameter, the grid, what is placed.

The questions are those of NEURON's ModelView: what is there, where is it, and is a value constant, one of several
constants, or different from segment to segment?
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.words import counted, listed, number
from rheobase.mechanisms import Mechanism
from rheobase.model import Cell, Placed
from rheobase.model.connections import SPIKES, weight_names
from rheobase.model.precedence import sections_with
from rheobase.model.targets import SURROUNDINGS, target_of

if TYPE_CHECKING:
    import pandas as pd

_MOST_LEVELS = 12  # more different constants than these are told as a range


@dataclass(frozen=True)
class Level:
    """One value, and where it is: `value`, `segments` in all, the names of the `sections`."""

    value: float
    segments: int
    sections: tuple[str, ...]


@dataclass(frozen=True)
class Spread:
    """The values of one parameter over the sections that have it.

    **Fields:**

    - `target`, `unit`: what it is, such as `"hh.gnabar"`.
    - `kind`: `"constant"`; `"several"` constants, each of whole sections; or `"inhomogeneous"`.
    - `levels`: the constants, the most frequent first; empty where there are more than a dozen.
    - `lowest`, `highest`; `sections`: where the parameter is.
    - `rules`: what was assigned, in words, from the weakest to the strongest; empty where the default holds.
    """

    target: str
    unit: str
    kind: Literal["constant", "several", "inhomogeneous"]
    levels: tuple[Level, ...]
    lowest: float
    highest: float
    sections: tuple[str, ...]
    rules: tuple[str, ...]

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "constant":
            return f"{self.target} = {number(self.lowest)}{unit}"
        if self.kind == "several" and self.levels:
            each = "; ".join(f"{number(level.value)} in {listed(level.sections)}" for level in self.levels)
            return f"{self.target} = {counted(len(self.levels), 'constant')},{unit}: {each}"
        return f"{self.target} from {number(self.lowest)} to {number(self.highest)}{unit}, {self.kind}"


@dataclass(frozen=True)
class Group:
    """Sections that have the same mechanisms: the `sections`, their `mechanisms`, and a `name` if they are a region."""

    name: str
    sections: tuple[str, ...]
    mechanisms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {counted(len(self.sections), 'section')} with {', '.join(self.mechanisms) or 'nothing'}"


@dataclass(frozen=True)
class Processes:
    """The placed processes of one type: `mechanism`, `names`, `places` in words, `parameters` as spreads over them."""

    mechanism: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    parameters: tuple[Spread, ...]


@dataclass(frozen=True)
class Links:
    """The connections between two types: `source`, `target`, `names`, and `values`: weights, delays and thresholds."""

    source: str
    target: str
    names: tuple[str, ...]
    values: tuple[Spread, ...]


@dataclass(frozen=True)
class Overview:
    """All of it: see `overview`."""

    name: str
    counts: dict[str, float]
    groups: tuple[Group, ...]
    subsets: dict[str, tuple[str, ...]]
    parameters: tuple[Spread, ...]
    mechanisms: dict[str, str]
    grid: dict[str, str]
    processes: tuple[Processes, ...]
    links: tuple[Links, ...]

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row for each parameter: target, unit, kind, lowest, highest, how many values, sections, rules."""
        import pandas as pd

        rows = [
            {
                "target": spread.target,
                "unit": spread.unit,
                "kind": spread.kind,
                "lowest": spread.lowest,
                "highest": spread.highest,
                "values": len(spread.levels) or None,
                "sections": len(spread.sections),
                "rules": "; ".join(spread.rules),
            }
            for spread in self.parameters
        ]
        columns = ["target", "unit", "kind", "lowest", "highest", "values", "sections", "rules"]
        return pd.DataFrame(rows, columns=columns).astype({"values": "Int64"})

    def to_text(self) -> str:
        """Give it as plain text, indented as a tree."""
        blocks: list[tuple[str, Iterable[str]]] = [
            ("Counts", (f"{what}: {number(count)}" for what, count in self.counts.items())),
            ("Groups of sections with the same mechanisms", map(str, self.groups)),
            ("Subsets", (f"{name}: {listed(members)}" for name, members in self.subsets.items())),
            ("Parameters", map(str, self.parameters)),
            ("Mechanisms", (f"{name}: {text}" if text else name for name, text in self.mechanisms.items())),
            ("Grid", (f"{what}: {text}" for what, text in self.grid.items())),
        ]
        for each in self.processes:
            where = (f"{name} at {place}" for name, place in zip(each.names, each.places, strict=True))
            blocks.append((f"{each.mechanism}: {len(each.names)} placed", [*where, *map(str, each.parameters)]))
        for link in self.links:
            title = f"{counted(len(link.names), 'connection')} from {link.source} to {link.target}"
            blocks.append((title, map(str, link.values)))
        lines = [self.name]
        for title, items in blocks:
            found = [f"    {item}" for item in items]
            if found:
                lines += [f"  {title}", *found]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        return self.to_text()


def overview(cell: Cell) -> Overview:
    """Read a cell's counts, groups, parameters, grid, processes and connections off its document.

    >>> cell = Cell("ball and stick")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> dend = cell.add_section("dend", L=400, diam=2, nseg=41, parent=soma(1))
    >>> _ = cell["soma"].insert("hh")
    >>> _ = cell["dend"].insert("pas", g=1e-4)
    >>> found = overview(cell)
    >>> print(*found.groups, sep="; ")
    soma: 1 section with hh; dend: 1 section with pas
    >>> print(next(p for p in found.parameters if p.target == "pas.g"))
    pas.g = 0.0001 S/cm2
    """
    cell = cell.freeze()
    placed = [p for p in cell.placed if p.location is not None]
    artificial = [p for p in cell.placed if p.location is None]
    counts = {
        "sections": len(cell.sections),
        "segments": cell.n_segments,
        "3-D points": sum(0 if s.spec.points is None else len(s.spec.points) for s in cell.sections),
        "length, um": sum(s.L for s in cell.sections),
        "area, um2": cell.area,
        "density mechanisms": len({insertion.mechanism for insertion in cell.insertions}),
        "point processes": len(placed),
        "artificial cells": len(artificial),
        "connections": len(cell.connections),
        "pointers": len(cell.pointers),
    }
    return Overview(
        cell.name,
        counts,
        _groups(cell),
        {name: cell.sections_of(name) for name in cell.document.subsets},
        tuple(spread_of(cell, target) for target in targets(cell)),
        {name: _title(cell.document.mechanism(name)) for name in _used(cell)},
        _grid(cell),
        _processes(cell),
        _links(cell),
    )


def targets(cell: Cell) -> tuple[str, ...]:
    """Give the names of everything that has a value in each segment of a cell, as `cell.values` takes them.

    >>> targets(Cell("empty"))
    ('Ra', 'cm')
    """
    found = ["Ra", "cm"]
    ions: dict[str, None] = {}
    for name in dict.fromkeys(insertion.mechanism for insertion in cell.insertions):
        definition = cell.document.mechanism(name)
        found += [f"{name}.{p.name}" for p in definition.parameters if p.scope == "range"]
        ions |= dict.fromkeys(use.name for use in definition.ions)
    found += [f"{ion}.{what}" for ion in ions for what in SURROUNDINGS]
    return tuple(found)


def spread_of(cell: Cell, target: str) -> Spread:
    """Tell the values of one target: constant, several constants, or inhomogeneous. **Raises:** `KeyError`."""
    aim = target_of(cell.document, target)
    rules = [
        f"{assignment.place}: {_value_in_words(assignment.value)}"
        for assignment in cell.assignments
        if assignment.target == target
    ]
    return _spread(target, aim.unit, by_section(cell, target), rules)


def by_section(cell: Cell, target: str) -> dict[str, NDArray[np.float64]]:
    """Give the values of one target in the segments of each section that has it. **Raises:** `KeyError`.

    What surrounds the membrane, such as `na.reversal`, a section has if a mechanism there uses the ion.
    """
    ends = np.cumsum([section.nseg for section in cell.sections])
    pieces = np.split(cell.values(target), ends)  # the last is empty
    named = dict(zip((section.name for section in cell.sections), pieces, strict=False))
    owner, _, what = target.partition(".")
    if what in SURROUNDINGS and target_of(cell.document, target).mechanism is None:
        users = {name for name in _used(cell) for use in cell.document.mechanism(name).ions if use.name == owner}
        present = set().union(*(sections_with(cell.document, name) for name in users))
        named = {name: piece for name, piece in named.items() if name in present}
    return {name: piece for name, piece in named.items() if not np.isnan(piece).any()}


def _spread(target: str, unit: str, pieces: dict[str, Any], rules: Sequence[str] = ()) -> Spread:
    uniform = all((piece == piece[0]).all() for piece in pieces.values())
    where: dict[float, list[str]] = defaultdict(list)
    segments: Counter[float] = Counter()
    for name, piece in pieces.items():
        for value in dict.fromkeys(piece.tolist()):
            where[value].append(name)
        segments.update(piece.tolist())
    kind: Literal["constant", "several", "inhomogeneous"] = "inhomogeneous"
    if len(where) <= 1:
        kind = "constant"
    elif uniform and len(where) <= _MOST_LEVELS:
        kind = "several"
    levels = [Level(value, count, tuple(where[value])) for value, count in segments.most_common()]
    lowest, highest = (min(where), max(where)) if where else (float("nan"), float("nan"))
    shown = tuple(levels) if len(levels) <= _MOST_LEVELS else ()
    return Spread(target, unit, kind, shown, lowest, highest, tuple(pieces), tuple(rules))


def _groups(cell: Cell) -> tuple[Group, ...]:
    present: dict[str, list[str]] = {section.name: [] for section in cell.sections}
    for insertion in cell.insertions:
        for name in cell.sections_of(insertion.place):
            if insertion.mechanism not in present[name]:
                present[name].append(insertion.mechanism)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, mechanisms in present.items():
        groups[tuple(mechanisms)].append(name)
    return tuple(Group(_name_of(cell, members), tuple(members), mechanisms) for mechanisms, members in groups.items())


def _name_of(cell: Cell, members: Sequence[str]) -> str:
    """Give what sections are called together: a region or subset, several regions, or the sections themselves."""
    wanted = set(members)
    inside = {place: set(cell.sections_of(place)) for place in cell.regions if set(cell.sections_of(place)) <= wanted}
    for place, found in inside.items():
        if found == wanted:
            return place
    parts = [place for place in cell.document.places.regions if place in inside]
    if parts and set().union(*(inside[place] for place in parts)) == wanted:
        return ", ".join(parts)
    return listed(members)


def _used(cell: Cell) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(i.mechanism for i in cell.insertions), *(p.mechanism for p in cell.placements)]))


def _title(definition: type[Mechanism]) -> str:
    first = (definition.__doc__ or "").strip().partition("\n")[0]
    made = definition.made_from
    if made is not None:
        first = f"{first} ({made.kind.replace('_', ' ')} {made.name!r})".strip()
    return first


def _grid(cell: Cell) -> dict[str, str]:
    """Tell how fine the grid is, and which rule it follows."""
    if not cell.sections:
        return {}
    audit = cell.audit_segments()
    longest, widest = str(audit["dx"].idxmax()), str(audit["d_lambda"].idxmax())
    told = {
        "longest dx": f"{number(audit['dx'].max())} um, in {longest}",
        "greatest dx in length constants at 100 Hz": f"{number(audit['d_lambda'].max())}, in {widest}",
    }
    coarse = audit.index[audit["verdict"] == "coarser"].tolist()
    if coarse:
        told["rule"] = f"coarser than d_lambda = 0.1 at 100 Hz in {counted(len(coarse), 'section')}: {listed(coarse)}"
    else:
        exact = (audit["verdict"] == "agrees").all()
        told["rule"] = f"nseg is {'' if exact else 'at least '}that of d_lambda = 0.1 at 100 Hz everywhere"
    step = _common_step(audit["L"].to_numpy(), audit["nseg"].to_numpy())
    if step is not None:
        told["d_X"] = f"nseg is also that of a largest dx of {number(step)} um everywhere"
    return told


def _common_step(lengths: NDArray[np.float64], counts: NDArray[np.int64]) -> float | None:
    """Give the length that nseg would follow from, were it the fewest odd number of segments no longer than that.

    A number of segments n follows from any length from L / n to below L / (n - 2), so that all sections must share one.
    """
    if len(lengths) < 2 or (counts % 2 == 0).any():
        return None
    least = float((lengths / counts).max())
    most = float(np.where(counts > 1, lengths / np.maximum(counts - 2, 1), np.inf).min())
    return least if least < most and (counts > 1).any() else None


def _processes(cell: Cell) -> tuple[Processes, ...]:
    by_type: dict[str, list[Placed]] = defaultdict(list)
    for process in cell.placed:
        by_type[process.placement.mechanism].append(process)
    found = []
    for mechanism, members in by_type.items():
        definition = cell.document.mechanism(mechanism)
        names = tuple(process.name for process in members)
        places = tuple("nowhere" if p.location is None else repr(p.location) for p in members)
        values = {p.name: p.placement.parameters for p in members}
        spreads = tuple(
            _spread(parameter.name, parameter.unit, {name: np.array([values[name][parameter.name]]) for name in names})
            for parameter in definition.parameters
            if all(parameter.name in each for each in values.values())
        )
        found.append(Processes(mechanism, names, places, spreads))
    return tuple(found)


def _links(cell: Cell) -> tuple[Links, ...]:
    document = cell.document
    by_types: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for spec in document.connections.values():
        sends = spec.source.variable == SPIKES and spec.source.place in document.placements
        source = document.placements[spec.source.place].mechanism if sends else spec.source.variable
        by_types[source, document.placements[spec.target].mechanism].append(spec)
    found = []
    for (source, target), specs in by_types.items():
        names = weight_names(type(document.placements[specs[0].target].process))
        values: dict[str, dict[str, Any]] = {name: {} for name in names}
        for spec in specs:
            for name, weight in zip(names, spec.weights, strict=True):
                values[name][spec.name] = np.array([weight])
        values["delay"] = {spec.name: np.array([spec.delay]) for spec in specs}
        values["threshold"] = {spec.name: np.array([spec.threshold]) for spec in specs}
        units = {"delay": "ms", "threshold": "mV"}
        spreads = tuple(_spread(name, units.get(name, ""), pieces) for name, pieces in values.items())
        found.append(Links(source, target, tuple(spec.name for spec in specs), spreads))
    return tuple(found)


def _value_in_words(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    return f"{len(value)} numbers" if isinstance(value, tuple) else repr(value)
