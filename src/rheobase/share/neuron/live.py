"""A cell that lives in NEURON, taken over as one of ours."""

import re
import warnings
from importlib.util import find_spec
from typing import Any, Literal

from rheobase.model import Cell, Location
from rheobase.model.names import NAME, RESERVED, base_name, title_from
from rheobase.share.error import ExchangeError
from rheobase.share.neuron.live_ions import take_ions
from rheobase.share.neuron.live_membrane import take_membrane
from rheobase.share.neuron.live_processes import take_processes


def from_neuron(source: Any = None, *, missing: Literal["error", "skip"] = "error") -> Cell:
    """Take over a cell that lives in NEURON.

    Its tree, 3-D points, segments, mechanisms with their values, ions, point processes, and the connections between
    them become a cell, whose code and files tell them in the fewest words. Protocols stay behind: temperature, time
    step and run length belong to a `Protocol`.

    **Arguments:**

    - `source`: a section, whose whole tree is taken; an instance of a cell's class or template; or `neuron.h` or
      nothing, where NEURON has exactly one cell.
    - `missing`: what to do about a mechanism that Rheobase does not know: `"error"`, or `"skip"`, to leave it out with
      a warning.

    **Raises:** ExchangeError (a ValueError) for what cannot be taken over, naming it and what to do; ImportError
    without NEURON.
    """
    if missing not in ("error", "skip"):
        raise ValueError(f"missing = {missing!r}: must be 'error' or 'skip'")
    if find_spec("neuron") is None:
        raise ImportError("from_neuron takes over what lives in NEURON, which is not installed: pip install neuron")
    sections, owner = _sections(source)
    names = _names(sections)
    cell = Cell(title_from(_title(owner, sections[0])))
    notes: list[str] = []
    for section in sections:
        _add(cell, section, names)
    _take_subsets(cell, owner, names)
    take_membrane(cell, names, missing, notes)
    take_processes(cell, names, owner, missing, notes)
    take_ions(cell, names)
    cell.history.clear()
    for note in dict.fromkeys(notes):
        warnings.warn(note, stacklevel=2)
    return cell


def _sections(source: Any) -> tuple[list[Any], Any]:
    """The sections of a cell, parents first, and the instance that they belong to, if any."""
    from neuron import h, nrn

    if isinstance(source, nrn.Section):
        return _in_order(source), source.cell()
    owner = None if source is None or source is h else source
    if owner is None:
        found = list(h.allsec())
    else:
        found = [section for section in h.allsec() if section.cell() == owner] or _held_sections(owner)
    roots = {section.wholetree()[0] for section in found}
    if len(roots) != 1:
        what = "NEURON has" if owner is None else f"{owner!r} has"
        whole = f"{len(roots)} trees of sections" if roots else "no sections"
        raise ExchangeError(
            f"{what} {whole}: give one section, whose whole tree is then taken, as in from_neuron(soma)"
        )
    root = next(iter(roots))
    return _in_order(root), owner or root.cell()


def _in_order(member: Any) -> list[Any]:
    """The sections of a tree in the order in which they were made, but parents before their children."""
    from neuron import h

    waiting = list(member.wholetree())
    order = {section: k for k, section in enumerate(h.allsec())}
    waiting.sort(key=lambda section: order[section])
    placed: dict[Any, None] = {}
    while waiting:
        for section in waiting:
            parent = section.parentseg()
            if parent is None or parent.sec in placed:
                placed[section] = None
        waiting = [section for section in waiting if section not in placed]
    return list(placed)


def _held_sections(owner: Any) -> list[Any]:
    """Sections among the attributes of a Python object, which did not say that they belong to it."""
    from neuron import nrn

    held = getattr(owner, "__dict__", {})
    flat = [each for value in held.values() for each in (value if isinstance(value, (list, tuple)) else [value])]
    return [each for each in flat if isinstance(each, nrn.Section)]


def _title(owner: Any, root: Any) -> str:
    if owner is None:
        return str(root.name())
    return re.sub(r"\[\d+\]$", "", str(owner)) if not str(owner).startswith("<") else type(owner).__name__


def _names(sections: list[Any]) -> dict[Any, str]:
    """A name that we allow for each section: what follows the cell's name, made unlike all others."""
    found: dict[Any, str] = {}
    wanted = [_allowed(str(section.name()).rpartition(".")[2]) for section in sections]
    families = {base_name(name) for name in wanted if "[" in name}
    taken: set[str] = set()
    for section, first in zip(sections, wanted, strict=True):
        base, bracket, index = first.partition("[")
        name, count = first, int(index[:-1] or 0)
        # A region cannot have the name of a section that does not belong to it.
        while name in taken or (not bracket and name in families):
            count += 1
            name = f"{base}[{count}]" if bracket else f"{base}_{count}"
        found[section] = name
        taken.add(name)
    return found


def _allowed(name: str) -> str:
    if NAME.fullmatch(name) and name not in RESERVED:
        return name
    base, index = name, ""
    if ends := re.fullmatch(r"(.*)(\[\d{1,9}\])", name, re.DOTALL):
        base, index = ends[1], f"[{int(ends[2][1:-1])}]"
    base = re.sub(r"\W", "_", base, flags=re.ASCII)[:150] or "section"
    base = f"s{base}" if base[0].isdigit() else base
    return f"{base}_{index}" if base in RESERVED else base + index


def _add(cell: Cell, section: Any, names: dict[Any, str]) -> None:
    from neuron import h

    parent = section.parentseg()
    geometry: dict[str, Any] = {}
    if section.n3d() > 1:
        at = (section.x3d, section.y3d, section.z3d, section.diam3d)
        geometry["points"] = [[each(k) for each in at] for k in range(section.n3d())]
    else:
        diameters = {segment.diam for segment in section}
        if len(diameters) > 1:
            raise ExchangeError(
                f"section {section.name()!r} has another diameter in each segment and no 3-D points: let NEURON make "
                "points of them by h.define_shape(), or make a section of each"
            )
        geometry |= {"L": section.L, "diam": diameters.pop()}
    cell.add_section(
        names[section],
        **geometry,
        nseg=section.nseg,
        parent=None if parent is None else Location(names[parent.sec], parent.x),
        child_end=0 if parent is None else int(h.section_orientation(sec=section)),
    )


def _take_subsets(cell: Cell, owner: Any, names: dict[Any, str]) -> None:
    """Name as subsets what the cell has as SectionLists, where no region is that already."""
    if owner is None:
        return
    everything = {frozenset(cell.document.sections)}
    regions = {frozenset(cell.sections_of(region)) for region in cell.document.places.regions}
    for attribute in dir(owner):
        if attribute.startswith("_") or not NAME.fullmatch(attribute) or attribute in RESERVED:
            continue
        held: Any = getattr(owner, attribute, None)
        if not str(getattr(held, "hname", str)()).startswith("SectionList["):
            continue
        members = [names[section] for section in held if section in names]
        free = not cell.document.places.has(attribute) and attribute not in cell.document.placements
        if members and free and frozenset(members) not in everything | regions:
            cell.subset(attribute, members)
