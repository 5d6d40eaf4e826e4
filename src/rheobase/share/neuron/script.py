"""The text of a script that builds and runs a cell in NEURON."""

import textwrap
from collections.abc import Iterable, Iterator

from rheobase.mechanisms import Mechanism
from rheobase.model.document import Document
from rheobase.model.protocol import Protocol
from rheobase.model.values import Placement, SectionSpec
from rheobase.share.neuron.attributes import Attributes, is_list
from rheobase.share.neuron.ions import ions
from rheobase.share.neuron.loops import Loops
from rheobase.share.neuron.membrane import membrane
from rheobase.share.neuron.mods import Mods
from rheobase.share.neuron.pieces import ALONG, LOADER, MAIN, POSITION
from rheobase.share.neuron.text import class_name, listed, number, numbers, points
from rheobase.share.neuron.wiring import Unrecordable, Wiring

_SECOND_ORDER = {"implicit_euler": 0, "crank_nicolson": 2}
_MODULE_NAMES = ("Path", "POINTS", "TSTOP", "MECHANISMS", "MODS")
_TABLE_FROM = 4  # so many sections of different nseg are a list


class Script:
    """A script for one cell and one protocol.

    **Attributes:** `notes`, what differs in NEURON, in words, once the text was asked for.
    """

    def __init__(self, document: Document, protocol: Protocol, mods: Mods, stem: str) -> None:
        self._document = document
        self._protocol = protocol
        self._mods = mods
        self._stem = stem
        self._attributes = Attributes(document)
        self._wiring = Wiring(document, self._attributes)
        self._class = class_name(document.name, _MODULE_NAMES)
        self._stimuli = protocol.placements(document.placements)
        self.notes: list[str] = []

    def text(self) -> str:
        """The whole script."""
        body = self._class_text()
        parts = [self._head(), body, *([ALONG] if " along(" in body else []), *self._functions(), self._data()]
        self.notes += [*self._mods.notes, *self._wiring.notes]
        return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n\n\n" + MAIN.strip("\n") + "\n"

    # The head

    def _head(self) -> str:
        name, needs_mods = self._document.name, bool(self._mods.texts)
        said = f"{name}, a cell for NEURON, written by Rheobase."
        lines = [
            f'"""{said}',
            "",
            f"`python {self._stem}.py` runs its protocol and prints what it records as comma-separated values;",
            f"`python {self._stem}.py --help` tells more. In Python, with this folder on the path:",
            "",
            f"    from {self._stem} import {self._class}, run",
            "    recorded = run()",
            '"""',
            "",
            "import argparse",
            "import csv",
        ]
        lines += ["import os", "import shutil", "import subprocess"] * needs_mods
        lines += ["import sys"] + ["from pathlib import Path"] * needs_mods + ["", "from neuron import h"]
        text = "\n".join(lines)
        if needs_mods:
            folder = f'"{self._stem}_mod"'
            mechanisms = listed(f'"{name}"' for name in self._mods.texts)
            text += "\n\n" + LOADER.replace("@MECHANISMS@", mechanisms).replace("@FOLDER@", folder).strip("\n")
        return text

    # The class

    def _class_text(self) -> str:
        document, wiring = self._document, self._wiring
        segments = sum(spec.nseg for spec in document.sections.values())
        shared, sections = membrane(document, self._attributes, definitions_of(document, self._stimuli))
        placed = [
            (p.section, type(p.process))
            for p in (*document.placements.values(), *self._stimuli)
            if p.section is not None
        ]
        ion = ions(document, self._attributes, placed)
        methods = [
            ("make_sections", "Make the sections and the lists of them.", list(self._sections())),
            ("join_sections", "Join each section to its parent.", list(self._joints())),
            ("shape_sections", "Give the sections their geometry and segments.", list(self._shapes())),
            ("set_membrane", "Insert mechanisms and set their values.", [*self._tables(), *shared, *sections]),
            ("place_processes", "Place point processes and artificial cells.", list(wiring.processes())),
            ("set_ions", "Set concentrations and reversal potentials.", ion.lines),
            ("connect_processes", "Connect sources of events to what receives them.", list(wiring.connections())),
            ("bind_pointers", "Let pointers point.", list(wiring.pointers())),
        ]
        at_start = [
            ("set_concentrations", "Start concentrations that move, before each run.", ion.initial, 0),
            ("play_spikes", "Put the spikes of lists into the queue, at the start of each run.", [*wiring.played()], 1),
        ]
        methods = [(name, said, lines) for name, said, lines in methods if lines]
        handlers = [name for name, _, lines, _ in at_start if lines]
        body = [
            f'"""{len(document.sections)} section{"s" * (len(document.sections) != 1)}, {segments} segments."""',
            "",
            "count = 0",
            "",
            "def __init__(self):",
            f"    self.index = {self._class}.count",
            f"    {self._class}.count += 1",
            "    self.x = self.y = self.z = 0",
            *(f"    self.{name}()" for name, _, _ in methods),
        ]
        if handlers:
            kinds = {name: kind for name, _, _, kind in at_start}
            calls = ", ".join(f"h.FInitializeHandler({kinds[name]}, self.{name})" for name in handlers)
            body.append(f"    self.initialisers = [{calls}]")
        body += ["", "def __repr__(self):", f'    return f"{self._class}[{{self.index}}]"']
        for name, said, lines in (*methods, *((n, s, li) for n, s, li, _ in at_start if li)):
            body += ["", f"def {name}(self):", f'    """{said}"""', *_indented(lines)]
        root = self._attributes.of(next(iter(document.sections)))
        body += ["", *POSITION.replace("@ROOT@", root).strip("\n").splitlines()]
        return f"class {self._class}:\n" + "\n".join(_indented(body))

    def _sections(self) -> Iterator[str]:
        for held, names in self._attributes.sections:
            if held not in self._attributes.families:
                yield f'self.{held} = h.Section(name="{names[0]}", cell=self)'
                continue
            base = names[0].partition("[")[0]
            made = f'h.Section(name=f"{base}[{{k}}]", cell=self)'
            if is_list(names):
                yield f"self.{held} = [{made} for k in range({len(names)})]"
            else:
                indices = listed([name.partition("[")[2][:-1] for name in names])
                yield f"self.{held} = {{k: {made} for k in {indices}}}"
        yield f"self.all = h.SectionList({listed(self._attributes.pieces(self._document.sections))})"
        yield 'self.sections = {sec.name().rpartition(".")[2]: sec for sec in self.all}'
        for held, members in self._attributes.lists.items():
            yield f"self.{held} = h.SectionList({listed(self._attributes.pieces(members))})"

    def _joints(self) -> Iterator[str]:
        for spec in self._document.sections.values():
            if spec.parent is not None:
                end = f", {spec.child_end}" if spec.child_end else ""
                yield f"self.{self._attributes.of(spec.name)}.connect({self._wiring.place(spec.parent)}{end})"

    def _shapes(self) -> Iterator[str]:
        specs = self._document.sections.values()
        if any(spec.points is not None for spec in specs):
            yield "for name, points in POINTS.items():"
            yield "    for point in points:"
            yield "        self.sections[name].pt3dadd(*point)"
        loops = Loops(self._attributes)
        for variable in ("L", "diam"):
            for value, names in _grouped((spec, getattr(spec, variable)) for spec in specs if spec.points is None):
                loops.add(names, variable, f"{{sec}}.{variable} = {number(value)}")
        yield from loops.lines()
        counts = _grouped((spec, spec.nseg) for spec in specs)
        if len(counts) > _TABLE_FROM:
            yield f"for sec, nseg in zip(self.all, {listed([str(spec.nseg) for spec in specs])}):"
            yield "    sec.nseg = nseg"
            return
        loops = Loops(self._attributes)
        for value, names in counts:
            if value != 1:
                loops.add(names, "nseg", f"{{sec}}.nseg = {int(value)}")
        yield from loops.lines()

    def _tables(self) -> Iterator[str]:
        yield from (f"h.usetable_{name} = 0" for name in self._mods.tabulated)
        for mechanism, tables in self._mods.tables.items():
            for name, (axis, values) in tables:
                yield f"h.table_{name}_{mechanism}(h.Vector({numbers(values)}), h.Vector({numbers(axis)}))"

    # The functions

    def _functions(self) -> Iterator[str]:
        held = {placement.name: f'stimuli["{placement.name}"]' for placement in self._stimuli}
        if self._stimuli:
            yield self._stimulate()
        yield self._run(held)

    def _stimulate(self) -> str:
        lines = [
            "def stimulate(cell):",
            '    """Place the protocol\'s electrodes. They act as long as what this returns is kept."""',
        ]
        lines.append("    stimuli = {")
        lines += [f'        "{p.name}": {self._wiring.made(p, "cell")},' for p in self._stimuli]
        lines.append("    }")
        for placement in self._stimuli:
            lines += [f"    {line}" for line in self._wiring.parameters(placement, f'stimuli["{placement.name}"]')]
        return "\n".join([*lines, "    return stimuli"])

    def _run(self, held: dict[str, str]) -> str:
        protocol = self._protocol
        recorded = ['"t": h.Vector().record(h._ref_t),']
        for recordable in protocol.record:
            try:
                reference = self._wiring.reference(recordable, "cell", tuple(held.items()))
            except Unrecordable as error:
                self.notes.append(f"{error}, so it is not recorded")
                continue
            section = ""
            if recordable.x is not None:
                section = f", sec=cell.{self._attributes.of(recordable.place)}"
            recorded.append(f'"{recordable.label}": h.Vector().record({reference}{section}),')
        lines = [
            f"def run(cell=None, tstop={number(protocol.tstop)}):",
            '    """Run the protocol on a cell, by default a new one. Gives the recorded vectors by name."""',
            f"    cell = cell or {self._class}()",
        ]
        lines += ["    stimuli = stimulate(cell)  # they act as long as they are kept"] * bool(self._stimuli)
        lines += ["    recorded = {", *(f"        {each}" for each in recorded), "    }"]
        lines += [
            "    h.CVode().active(False)",
            f"    h.secondorder = {_SECOND_ORDER[protocol.method]}",
            f"    h.celsius = {number(protocol.celsius)}",
            f"    h.dt = {number(protocol.dt)}",
            f"    h.finitialize({number(protocol.v_init)})",
            "    for _ in range(round(tstop / h.dt)):",
            "        h.fadvance()",
        ]
        lines += ["    del stimuli"] * bool(self._stimuli)
        return "\n".join([*lines, "    return recorded"])

    def _data(self) -> str:
        specs = [spec for spec in self._document.sections.values() if spec.points is not None]
        if not specs:
            return ""
        lines = ["# x, y, z and diameter (um), from the end that is joined", "POINTS = {"]
        for spec in specs:
            lines += [f'    "{spec.name}": [', *(f"        {row}" for row in points(spec.points or ())), "    ],"]
        return "\n".join([*lines, "}"])


def definitions_of(document: Document, stimuli: Iterable[Placement]) -> list[type[Mechanism]]:
    """Every mechanism that a cell and what is done to it use, each once."""
    found = {name: document.mechanism(name) for _, name in document.insertions}
    for placement in (*document.placements.values(), *stimuli):
        found.setdefault(placement.mechanism, type(placement.process))
    return list(found.values())


def _grouped(values: Iterable[tuple[SectionSpec, float | int | None]]) -> list[tuple[float, list[str]]]:
    """Sections by the value that they have, in the order in which values first occur."""
    found: dict[float, list[str]] = {}
    for spec, value in values:
        if value is not None:
            found.setdefault(value, []).append(spec.name)
    return list(found.items())


def _indented(lines: Iterable[str]) -> list[str]:
    return textwrap.indent("\n".join(lines), "    ").splitlines()
