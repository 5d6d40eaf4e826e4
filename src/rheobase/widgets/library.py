"""All mechanisms there are: found, understood, put into the cell and taken out, and read from files."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import numpy as np
import traitlets

from rheobase.mechanisms import Mechanism, mechanism, names
from rheobase.model import Location
from rheobase.widgets.actions import action, words
from rheobase.widgets.clamps import root_of
from rheobase.widgets.quantities import number_in_words
from rheobase.widgets.session import Event
from rheobase.widgets.studies import StudyWidget
from rheobase.widgets.uploads import Uploads

VOLTAGES = (-100.0, 60.0)
"""The voltages, mV, over which steady states and time constants are drawn."""

_SAMPLES = 161
_PANELS = {"inf": "1", "tau": "ms"}
_MOST_STATES = 20  # a mechanism with more is no set of gates
_LEAST_LISTED = 60  # sections; a cell with more is chosen from by region or by a click on its tree


class LibraryTraits(StudyWidget):
    """The mechanisms that can be put into a cell, as the browser lists them, and the answers to what it asks.

    - `library`: name, kind, title, ions and source of each mechanism.
    - `places`: the regions and sections that take a density mechanism.
    - `described`: all about the mechanism that was chosen.
    - `rates`: float32, a row of voltages (mV), then one for each entry of `rates_info`: the steady states and time
      constants of the mechanism `rates_of` at the temperature of the run, or in `rates_problem` why there are none.
    """

    library: Any = traitlets.List().tag(sync=True)
    places: Any = traitlets.Dict().tag(sync=True)
    described: Any = traitlets.Dict().tag(sync=True)
    rates = traitlets.Bytes().tag(sync=True)
    rates_info: Any = traitlets.List().tag(sync=True)
    rates_of = traitlets.Unicode().tag(sync=True)
    rates_problem = traitlets.Unicode().tag(sync=True)

    _drawing: object = None
    _uploads: Uploads | None = None
    _listed: tuple[type[Mechanism], ...] = ()

    def hear(self, event: Event) -> None:
        """Bring places, list and curves up to date."""
        super().hear(event)
        if event.paths & {"sections", "subsets"}:
            cell = self.session.cell
            sections = [section.name for section in cell.sections]
            self.places = {
                "regions": [name for name in cell.regions if cell.sections_of(name)],
                "sections": sections if len(sections) <= _LEAST_LISTED else [],
            }
        if event.kind == "opened" or event.paths & {"insertions", "placements"}:
            self.list_mechanisms()
        if event.kind == "settings" and self.described:
            self._draw(self._definition(self.described["name"]))

    @action("library.list")
    def list_mechanisms(self) -> None:
        """List what is registered by now."""
        carried = self.session.cell.document.mechanism_names
        known = {*names(), *(name for kind in ("density", "point", "artificial") for name in carried(kind))}
        present = tuple(self._definition(name) for name in sorted(known, key=str.lower))
        # By identity: built channels are equal where only their default numbers differ.
        if list(map(id, present)) != list(map(id, self._listed)):
            self._listed = present
            self.library = [entry_of(definition) for definition in present]

    @action("library.choose")
    def choose_mechanism(self, name: str) -> None:
        """Describe a mechanism and draw its curves."""
        definition = self._definition(name)
        self.described = _description(definition)
        self._draw(definition)

    @action("library.insert")
    def insert_mechanism(self, name: str, place: str) -> dict[str, Any]:
        """Insert a density mechanism into a region or section."""
        cell, definition = self.session.cell, self._definition(name)
        if (place, name) in cell.document.insertions and cell.document.mechanism(name) is definition:
            raise ValueError(f"{name} is in {place} already")
        with warnings_told() as notes:
            cell[place].insert(definition)
        return {"notes": notes}

    @action("library.remove")
    def remove_mechanism(self, name: str, place: str) -> None:
        """Take a density mechanism out of a place that it was inserted into."""
        self.session.cell[place].uninsert(name)

    @action("library.place")
    def place_process(self, name: str, section: str | None = None, x: float = 0.5) -> dict[str, Any]:
        """Put a point process, as it is by default, at a place, or in the middle of the root."""
        cell = self.session.cell
        where = root_of(cell) if section is None else Location(section, x)
        process: Any = self._definition(name)
        with warnings_told() as notes:
            placed = cell.place(process(), where)
        return {"name": placed.name, "where": repr(where), "notes": notes}

    @action("library.load")
    def load_mechanism(self, file: str, text: str, part: int = 0, parts: int = 1) -> dict[str, Any]:
        """Take in a part of an NMODL file and with the last one make a mechanism of it."""
        self._uploads = self._uploads or Uploads()
        source = self._uploads.take(file, text, part, parts)
        if source is None:
            return {}
        from rheobase.mechanisms.nmodl.load import load_mod

        with warnings_told() as notes:
            definition = load_mod(text=source, name=file)
        self.list_mechanisms()
        self.choose_mechanism(definition.name)
        return {"name": definition.name, "notes": notes}

    def _definition(self, name: str) -> type[Mechanism]:
        """What a name means at large, or only in this cell."""
        return mechanism(name) if name in names() else self.session.cell.document.mechanism(name)

    def _draw(self, definition: type[Mechanism]) -> None:
        """Work the curves out on a thread of their own, because a mechanism is compiled for them; the latest wins."""
        self._drawing = token = object()
        self.rates_of = ""
        arguments = (token, definition, self.session.protocol.celsius)
        Thread(target=self._work_out, args=arguments, name="rheobase-rates", daemon=True).start()

    def _work_out(self, token: object, definition: type[Mechanism], celsius: float) -> None:
        curves, problem = b"", ""
        info: list[dict[str, str]] = []
        try:
            curves, info = curves_of(definition, celsius)
        except Exception as error:  # noqa: BLE001  whatever it is belongs to this mechanism, and is told beside it
            problem = words(error)
        with self.lock:
            if self._drawing is token and self.comm is not None:
                with self.hold_sync():
                    self.rates, self.rates_info, self.rates_of = curves, info, definition.name
                    self.rates_problem = problem


def curves_of(definition: type[Mechanism], celsius: float) -> tuple[bytes, list[dict[str, str]]]:
    """The steady states and time constants of a mechanism: float32 rows, and what each row after the first is."""
    if len(definition.states) > _MOST_STATES:
        return b"", []
    v = np.linspace(*VOLTAGES, _SAMPLES)
    frame = definition.rates(v=v, celsius=celsius)
    columns = [name for name in frame.columns if name[-3:] in _PANELS and np.isfinite(frame[name]).any()]
    info = [{"name": name[:-3], "panel": name[-3:], "unit": _PANELS[name[-3:]]} for name in columns]
    return np.stack([v, *(frame[name] for name in columns)]).astype(np.float32).tobytes(), info


@contextmanager
def warnings_told() -> Iterator[list[str]]:
    """Warnings as text for the person who caused them."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield notes
    notes += [str(each.message) for each in caught]


def entry_of(definition: type[Mechanism]) -> dict[str, Any]:
    """A mechanism as a list of them shows it."""
    return {
        "name": definition.name,
        "kind": definition.kind,
        "title": title_of(definition),
        "ions": [use.name for use in definition.ions],
        "source": definition.source,
        "origin": origin_of(definition),
        "words": " ".join(f"{each.name} {each.doc}" for each in definition.parameters),
    }


def _description(definition: type[Mechanism]) -> dict[str, Any]:
    return {
        **entry_of(definition),
        "states": list(definition.states),
        "currents": [f"{name} ({ion or 'non-specific'})" for name, ion in definition.current_names.items()],
        "reads": [f"{use.name} {what}" for use in definition.ions for what in use.reads],
        "writes": [f"{use.name} {what}" for use in definition.ions for what in use.writes],
        "parameters": [
            {
                "name": each.name,
                "value": number_in_words(each.default),
                "unit": "" if each.unit == "1" else each.unit,
                "limits": each.limits,
                "scope": each.scope,
                "doc": each.doc,
            }
            for each in definition.parameters
        ],
    }


def title_of(definition: type[Mechanism]) -> str:
    """What a mechanism is, in a sentence."""
    text = definition.__dict__.get("__doc__") or ""
    return " ".join(text.strip().partition("\n\n")[0].replace("`", "").split())


def origin_of(definition: type[Mechanism]) -> str:
    """Where a mechanism comes from: `"built in"`, the name of its file, or who made it."""
    if definition.made_from is not None:
        return "a ChannelSpec" if definition.made_from.kind == "channel_spec" else definition.made_from.name
    return "built in" if definition.__module__.startswith("rheobase.mechanisms.library") else "a Python class"
