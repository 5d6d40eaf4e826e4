"""The topology page: sections drawn, inserted, named, copied, carried, joined elsewhere, cut and removed."""

import re
from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np
import traitlets

from rheobase.model import Location
from rheobase.model.names import NAME, base_name, checked_name
from rheobase.model.shape import position
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.choosing import ChoosingPage

_PLACE = re.compile(r"\s*(?P<section>[^()\s]{1,220})\s*\(\s*(?P<x>[^()\s]{1,40})\s*\)\s*")
_SHORTEST = 0.01  # um; what is drawn shorter than this was a slip of the hand


class TopologyPage(ChoosingPage):
    """The tree of the cell, and the edits of it.

    - `branches`: float32 (n, 5), of each section the index of its parent (-1 for the root), the place there, the end
      that is joined, L and diam, um.
    - `draft`: `base`, `diam` and `L` of the next section, um, and the `name` that it will have.
    """

    branches = traitlets.Bytes().tag(sync=True)
    draft: Any = traitlets.Dict({"base": "dend", "diam": 1.0, "L": 100.0, "name": ""}).tag(sync=True)

    def show_topology(self) -> None:
        """Show the tree as it is now."""
        sections = self.cell.document.sections
        index = {name: float(k) for k, name in enumerate(sections)}
        rows = np.empty((len(sections), 5), np.float32)
        for row, spec in zip(rows, sections.values(), strict=True):
            parent = (-1.0, 0.0) if spec.parent is None else (index[spec.parent.section], spec.parent.x)
            diam = spec.geometry.diam[spec.nseg // 2] if spec.diam is None else spec.diam
            row[:] = (*parent, spec.child_end, spec.geometry.L, diam)
        self.branches = rows.tobytes()
        self.draft = {**self.draft, "name": self._free_name(self.draft["base"])}

    # New sections

    @action("topology.draft")
    def set_draft(self, field: str, value: float | str) -> None:
        """Say what the next section is like: its `base` name, its `diam` or its `L`, um."""
        if field == "base":
            value = checked_name(value, "section")
        elif field in ("diam", "L"):
            value = to_float(value, "um", field)
            if not value > 0:
                raise ValueError(f"{field} = {value:g} um: must be greater than 0")
        else:
            raise ValueError(f"{str(field)[:40]!r} is nothing of a new section that is set here")
        draft = {**self.draft, field: value}
        self.draft = {**draft, "name": self._free_name(draft["base"])}

    @action("topology.draw")
    def draw(self, section: str, x: float, by: list[float]) -> dict[str, Any]:
        """Add a section that runs from a place of the cell by a way in space, um."""
        way = np.array([to_float(step, "um", "the way drawn") for step in by])
        if way.shape != (3,) or np.linalg.norm(way) < _SHORTEST:
            raise ValueError("the section drawn has no length: drag further")
        joint = self.cell.section(section)(x)
        start = position(self.cell.document, joint)
        diam = self.draft["diam"]
        return self._add(joint, points=[(*start, diam), (*(start + way), diam)])

    @action("topology.add")
    def add(self, at: str, L: float | None = None) -> dict[str, Any]:
        """Add a section of the draft's length, or another, um, at a place such as `soma(1)`; the first is at none."""
        joint = self._place(at) if self.cell.sections else None
        return self._add(joint, L=self.draft["L"] if L is None else L, diam=self.draft["diam"])

    def _add(self, joint: Location | None, **shape: Any) -> dict[str, Any]:
        base = self.draft["base"]
        name = self._free_name(base)
        with self.cell.edit(f"Draw {name}", origin=self.model_id):
            if base in self.cell.document.sections and base != name:
                # A lone `dend` becomes the first of several.
                self.cell.section(base).rename(f"{base}[0]")
                if joint is not None and joint.section == base:
                    joint = Location(f"{base}[0]", joint.x)
            self.cell.add_section(name, parent=joint, **shape)
        self.chosen = [name]
        return {"section": name}

    # Edits of sections

    @action("topology.rename")
    def rename_section(self, section: str, name: str) -> None:
        """Give a section another name."""
        if name != section:
            chosen = [name if each == section else each for each in self.chosen]
            with self.cell.edit(f"Rename {section} to {name}", origin=self.model_id):
                self.cell.section(section).rename(name)
            self.chosen = chosen

    @action("topology.join")
    def join(self, section: str, at: str, end: int | None = None) -> None:
        """Join a section, with all that hangs on it, to another place, by its end 0 or 1."""
        moving, place = self.cell.section(section), self._place(at)
        with self.cell.edit(f"Join {section} to {place!r}", origin=self.model_id):
            moving.connect(place, moving.child_end if end is None else end, carry=True)

    @action("topology.insert")
    def insert(self, section: str) -> dict[str, Any]:
        """Put a section like the draft between a section and its parent."""
        name = self._free_name(self.draft["base"])
        with self.cell.edit(f"Insert {name} before {section}", origin=self.model_id):
            self.cell.section(section).insert_before(name, L=self.draft["L"], diam=self.draft["diam"])
        self.chosen = [name]
        return {"section": name}

    @action("topology.split")
    def split(self, section: str, x: float) -> dict[str, Any]:
        """Cut a section in two at `x`."""
        with self.cell.edit(f"Split {section}", origin=self.model_id):
            other = self.cell.section(section).split(to_float(x, "1", "x"))
        self.chosen = [section, other.name]
        return {"section": other.name}

    @action("topology.copy")
    def copy(self, section: str, at: str) -> dict[str, Any]:
        """Join a copy of a section and of all that hangs on it to a place."""
        with self.cell.edit(f"Copy {section}", origin=self.model_id):
            twin = self.cell.section(section).copy(self._place(at))
        self.chosen = self.cell.document.places.subtree(twin.name)
        return {"section": twin.name}

    @action("topology.move")
    def move(self, section: str, by: list[float]) -> None:
        """Carry the 3-D points of a section, and of all that hangs on it, by a way in um."""
        dx, dy, dz = by
        with self.cell.edit(f"Move {section}", origin=self.model_id):
            self.cell.section(section).move(dx, dy, dz)

    @action("topology.remove")
    def remove(self, sections: list[str], keep_children: bool = False) -> None:
        """Remove sections, with all that hangs on them, or without."""
        if not sections:
            raise ValueError("no section is chosen: click one first")
        root = next(iter(self.cell.document.sections), None)
        if root in sections and not keep_children:
            raise ValueError(f"{root!r} is the root, and the whole cell hangs on it: choose less, or remove it alone")
        what = sections[0] if len(sections) == 1 else f"{len(sections)} sections"
        with self.cell.edit(f"Remove {what}", origin=self.model_id):
            for name in self._from_the_tips(sections):
                if name in self.cell.document.sections:
                    self.cell.section(name).remove(keep_children=keep_children)

    def _from_the_tips(self, names: Iterable[str]) -> list[str]:
        wanted = set(names)
        unknown = wanted - self.cell.document.sections.keys()
        for name in unknown:
            self.cell.section(name)
        return [name for name in reversed(self.cell.document.sections) if name in wanted]

    def _place(self, text: str) -> Location:
        """Give the place that a text such as `dend[3](0.5)` means."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text[:80]!r} is no place: write a section and where on it, such as 'soma(1)'")
        try:
            x = float(found["x"])
        except ValueError:
            raise ValueError(f"{found['x'][:40]!r} is no number from 0 (the start) to 1 (the end)") from None
        return self.cell.section(found["section"])(x)

    def _free_name(self, base: str) -> str:
        """Give the name of a new section: `dend[3]` of the base `dend`; a name with an index is meant as it is."""
        document = self.cell.document
        found = NAME.fullmatch(base)
        if found is None or found["index"] is not None:
            return base
        taken = {name for name in document.sections if base_name(name) == base}
        first = 1 if base in taken else 0
        return next(name for k in count(first) if (name := f"{base}[{k}]") not in taken)
