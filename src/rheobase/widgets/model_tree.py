"""The parts of a model as a tree to be opened, searched and clicked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis import Differences, Overview, Spread
from rheobase.analysis.words import counted, number
from rheobase.mechanisms import ChannelSpec, Mechanism
from rheobase.model import Cell, Location

_MOST_LISTED = 400  # of a group's sections; a larger one is seen on the cell, not read
_PASSIVE = "Passive properties"


@dataclass(frozen=True)
class Node:
    """One line of the tree, and what a click on it shows on the cell.

    **Fields:** `title`, `detail`: its words; `sections`: what stands out; `values`: what the cell is painted by, called
    in when asked for, with its `label` and `unit`; `place`: what is selected; `text`: what is opened to be read.
    """

    title: str
    detail: str = ""
    children: tuple["Node", ...] = ()
    sections: tuple[str, ...] = ()
    values: Callable[[], NDArray[np.float64]] | None = None
    label: str = ""
    unit: str = ""
    place: Location | None = None
    text: str = ""


@dataclass
class Listing:
    """Nodes by the numbers that the browser knows them by."""

    nodes: list[Node] = field(default_factory=list)

    def entries(self, nodes: Iterable[Node]) -> list[dict[str, Any]]:
        """Give nodes in the form that the browser takes, and remember them."""
        found = []
        for node in nodes:
            number_of = len(self.nodes)
            self.nodes.append(node)
            shows = bool(node.sections or node.values or node.place or node.text)
            found.append(
                {
                    "id": number_of,
                    "title": node.title,
                    "detail": node.detail,
                    "shows": shows,
                    "children": self.entries(node.children),
                }
            )
        return found


def model_tree(cell: Cell, found: Overview) -> Iterator[Node]:
    """Give the tree of a cell under its overview."""
    everywhere = tuple(section.name for section in cell.sections)
    yield Node("Counts", children=tuple(Node(what, number(count)) for what, count in found.counts.items()))
    yield Node(
        "Sections with the same mechanisms",
        str(len(found.groups)),
        tuple(
            Node(g.name, ", ".join(g.mechanisms) or "no mechanisms", _members(g.sections), g.sections)
            for g in found.groups
        ),
    )
    regions = cell.document.places.regions
    yield Node("Regions", str(len(regions)), tuple(_named(cell, name) for name in ("all", *regions) if everywhere))
    if found.subsets:
        yield Node("Subsets", str(len(found.subsets)), tuple(_named(cell, name) for name in found.subsets))
    yield Node("Parameters", str(len(found.parameters)), tuple(_owners(cell, found.parameters)))
    yield Node(
        "Mechanisms",
        str(len(found.mechanisms)),
        tuple(Node(name, text, text=_definition(cell, name)) for name, text in found.mechanisms.items()),
    )
    if found.grid:
        yield Node(
            "Grid",
            f"{cell.n_segments} segments",
            tuple(Node(what, text) for what, text in found.grid.items()),
            values=lambda: _lengths(cell),
            label="segment length / length constant at 100 Hz",
        )
    if found.processes:
        yield Node(
            "Placed", counted(len(cell.placed), "process").replace("processs", "processes"), _placed(cell, found)
        )
    if found.links:
        yield Node("Connections", str(len(cell.connections)), tuple(_links(found)))


def difference_tree(cell: Cell, found: Differences) -> Iterator[Node]:
    """Give the differences of a cell to another, by kind; a click shows where."""
    there = {section.name for section in cell.sections}
    for kind in dict.fromkeys(item.kind for item in found):
        items = [item for item in found if item.kind == kind]
        yield Node(
            kind.capitalize(),
            str(len(items)),
            tuple(
                Node(
                    item.what,
                    f"{item.first or 'not here'} → {item.second or 'not there'}",
                    sections=tuple(name for name in item.sections if name in there),
                )
                for item in items
            ),
        )


def values_at(cell: Cell, found: Overview, place: Location) -> list[dict[str, str]]:
    """Give the value of every parameter at a place, in words."""
    index = 0
    for section in cell.sections:
        if section.name == place.section:
            index += min(int(place.x * section.nseg), section.nseg - 1)
            break
        index += section.nseg
    told = []
    for spread in found.parameters:
        if place.section in spread.sections:
            value = float(cell.values(spread.target)[index])
            told.append({"name": spread.target, "value": number(value), "unit": spread.unit})
    return told


def _named(cell: Cell, name: str) -> Node:
    members = cell.sections_of(name)
    segments = sum(cell.section(member).nseg for member in members)
    detail = f"{counted(len(members), 'section')}, {counted(segments, 'segment')}"
    return Node(name, detail, _members(members), members)


def _members(names: Sequence[str]) -> tuple[Node, ...]:
    if len(names) < 2 or len(names) > _MOST_LISTED:
        return ()
    return tuple(Node(name, sections=(name,)) for name in names)


def _owners(cell: Cell, parameters: Iterable[Spread]) -> Iterator[Node]:
    owners: dict[str, list[Node]] = {}
    for spread in parameters:
        owner, dot, _ = spread.target.partition(".")
        owners.setdefault(owner if dot else _PASSIVE, []).append(_parameter(cell, spread))
    for owner, nodes in owners.items():
        yield Node(owner, "", tuple(nodes))


def _parameter(cell: Cell, spread: Spread) -> Node:
    unit = "" if spread.unit in ("", "1") else f" {spread.unit}"
    if spread.kind == "constant":
        detail = f"{number(spread.lowest)}{unit}"
    elif spread.kind == "several":
        detail = f"{counted(len(spread.levels), 'constant')}, {number(spread.lowest)} to {number(spread.highest)}{unit}"
    else:
        detail = f"inhomogeneous, {number(spread.lowest)} to {number(spread.highest)}{unit}"
    levels = spread.levels if spread.kind == "several" else ()
    children = [
        Node(f"{number(level.value)}{unit}", counted(level.segments, "segment"), sections=level.sections)
        for level in levels
    ]
    children += [Node("was set for", rule) for rule in spread.rules]
    return Node(
        spread.target,
        detail,
        tuple(children),
        values=lambda: cell.values(spread.target),
        label=spread.target,
        unit=spread.unit,
    )


def _definition(cell: Cell, name: str) -> str:
    """Give what a mechanism is, to be read: its own text, or what is known of it."""
    definition: type[Mechanism] = cell.document.mechanism(name)
    made = definition.made_from
    if made is not None and made.kind == "channel_spec":
        return ChannelSpec.from_json(made.text).to_nmodl()
    if made is not None:
        return made.text
    lines = [(definition.__doc__ or "").strip(), "", f"Source: {definition.source}" if definition.source else ""]
    lines += [
        f"{p.name} = {number(p.default)} {'' if p.unit == '1' else p.unit} ({p.scope}) {p.doc}".rstrip()
        for p in definition.parameters
    ]
    lines += [f"state {state}" for state in definition.states]
    return "\n".join(lines).strip() + "\n"


def _lengths(cell: Cell) -> NDArray[np.float64]:
    audit = cell.audit_segments()
    return np.repeat(audit["d_lambda"].to_numpy(float), audit["nseg"].to_numpy(int))


def _placed(cell: Cell, found: Overview) -> tuple[Node, ...]:
    nodes = []
    for each in found.processes:
        where = tuple(
            Node(name, place, place=cell.process(name).location)
            for name, place in zip(each.names, each.places, strict=True)
        )
        nodes.append(Node(each.mechanism, str(len(each.names)), (*map(_plain, each.parameters), *where)))
    return tuple(nodes)


def _links(found: Overview) -> Iterator[Node]:
    for link in found.links:
        yield Node(f"{link.source} to {link.target}", str(len(link.names)), tuple(map(_plain, link.values)))


def _plain(spread: Spread) -> Node:
    """A parameter of processes or connections: how many have which value."""
    unit = "" if spread.unit in ("", "1") else f" {spread.unit}"
    if spread.kind == "constant":
        return Node(spread.target, f"{number(spread.lowest)}{unit}")
    levels = tuple(Node(f"{number(level.value)}{unit}", f"{level.segments} times") for level in spread.levels)
    return Node(spread.target, f"{number(spread.lowest)} to {number(spread.highest)}{unit}", levels)
