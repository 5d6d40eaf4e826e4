"""The tool itself: what it is asked, the thread that works it out, and what it then shows."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from typing import Any, Literal

import traitlets

from rheobase.analysis import QUANTITIES, Impedance as Result
from rheobase.mechanisms import Parameter
from rheobase.model import Location, Protocol
from rheobase.widgets.actions import action, words
from rheobase.widgets.bundle import bundle
from rheobase.widgets.clamps import root_of
from rheobase.widgets.electrodes import COLOURS
from rheobase.widgets.impedance.asked import Asked
from rheobase.widgets.impedance.code import program
from rheobase.widgets.impedance.figures import key_figures
from rheobase.widgets.impedance.picture import Picture, notice_of, picture_of
from rheobase.widgets.impedance.solving import Question, Solver, Superseded
from rheobase.widgets.latest import Latest
from rheobase.widgets.pinned import PinnedTraits
from rheobase.widgets.places import NO_SECTIONS, farthest
from rheobase.widgets.quantities import duration_in_words
from rheobase.widgets.session import Event
from rheobase.widgets.viewer import ViewerTraits
from rheobase.widgets.workbench import HistoryTraits

Role = Literal["inject", "measure"]
_ROLES: dict[str, tuple[str, str]] = {"inject": ("A", COLOURS[0]), "measure": ("B", COLOURS[1])}
_SESSION = {
    "v_init": Parameter("v_init", -65.0, "mV", minimum=-300, maximum=300),
    "celsius": Parameter("celsius", 6.3, "degC", minimum=-273.15, maximum=100),
}
_MOST_KEPT = 8
_PAUSE = 0.15  # s; only when a slider rests so long is worked out what would hold up the next picture

_log = logging.getLogger("rheobase")


@dataclass(frozen=True)
class _Task:
    """A question with the stamp of the message that asked it, and what is to be shown of its answer."""

    number: int
    question: Question
    asked: Asked
    measure: Location
    stamp: str


class Impedance(HistoryTraits, PinnedTraits, ViewerTraits):
    """What a sine of any frequency, sent in at A, does at A, at B and everywhere else on a cell.

    Two electrodes are placed by clicking: impedance and phase at and between them against frequency; along the path
    from one to the other; as colours on the cell; and the cell redrawn in units of log attenuation. The model is
    linearised with its channels about a state that is chosen, anew whenever the cell changes, from code or by a slider.

    **Arguments:**

    - `source`: a `Cell`, or a widget or `Session` on one.
    - `at`, `to`: where current goes in, by default the middle of the root; and where the voltage is read, by default
      the place farthest from there.
    - `protocol`: start voltage and temperature, and the stimuli of a run from which a moment is taken.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-65)
    >>> tool = rb.widgets.Impedance(cell)
    >>> tool.set("frequency", 100)
    >>> tool.asked["frequency"]
    100.0
    >>> tool.close()
    """

    _esm = bundle("spatial.js")

    asked: Any = traitlets.Dict().tag(sync=True)
    sites: Any = traitlets.Dict().tag(sync=True)
    section_names: Any = traitlets.List().tag(sync=True)
    curves = traitlets.Bytes().tag(sync=True)
    curves_info: Any = traitlets.Dict().tag(sync=True)
    kept = traitlets.Bytes().tag(sync=True)
    profile = traitlets.Bytes().tag(sync=True)
    profile_info: Any = traitlets.Dict().tag(sync=True)
    shape = traitlets.Bytes().tag(sync=True)
    shape_segments = traitlets.Bytes().tag(sync=True)
    shape_info: Any = traitlets.Dict().tag(sync=True)
    readouts: Any = traitlets.List().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    timing: Any = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: Any,
        at: Location | None = None,
        to: Location | None = None,
        *,
        protocol: Protocol | None = None,
        **traits: Any,
    ) -> None:
        import_module("pandas")  # the worker needs it, and other threads must not find it half imported
        self._asked = Asked()
        self._places: dict[str, Location | None] = {"inject": at, "measure": to}
        self._latest = Latest("rheobase-impedance")
        self._requested = 0
        self._version = 0
        self._solver = Solver()
        self._picture: Picture | None = None
        self._kept: tuple[Picture, ...] = ()
        super().__init__(source, protocol, live=False, component="impedance", **traits)
        self.observe(self._mark_dropped, "mark_moved")

    @property
    def result(self) -> Result | None:
        """The impedances that are shown, or None before the first are there."""
        return self._picture.result if self._picture is not None else None

    @property
    def inject(self) -> Location:
        """Where current goes in: A."""
        return self._place("inject")

    @property
    def measure(self) -> Location:
        """Where the voltage is read: B."""
        return self._place("measure")

    def hear(self, event: Event) -> None:
        """Bring everything up to date, and work out anew what the change concerns."""
        super().hear(event)
        if "sections" in event.paths:
            self.show_cell(self.session.cell)
            self.section_names = [section.name for section in self.session.cell.sections]
            self._show_sites()
        if event.kind in ("opened", "settings"):
            self._show_asked()
        if event.kind in ("opened", "document", "settings"):
            self._version += 1
            self._request()

    def close(self) -> None:
        """Take the widget off the page, stop what is worked out for it and follow the cell no more."""
        self._latest.close()
        super().close()

    @action("set")
    def set(self, name: str, value: Any) -> None:
        """Change what is asked or shown: `frequency`, `low`, `high`, `points`, `gates`, `point`, `quantity`, ...

        **Raises:** KeyError for another name, ValueError or TypeError for a value that cannot be.
        """
        if name in _SESSION:
            self.session.set(name, _SESSION[name].check(value))
            return
        with self.lock, self.hold_sync():
            asked = self._asked.changed(name, value)
            if asked == self._asked:
                return
            self._asked = asked
            if name == "quantity":
                self.colour_by = "value"
            self._show_asked()
            self._request()

    @action("site.place")
    def place(self, role: Role, section: str, x: float = 0.5) -> None:
        """Put the electrode `"inject"` or `"measure"` at a place.

        **Raises:** KeyError for an unknown section, ValueError for another role or a place off the section.
        """
        if role not in _ROLES:
            raise ValueError(f"role = {role!r}: it is 'inject' or 'measure'")
        place = Location(section, x)
        self.session.cell[place.section]  # refuses an unknown name, and suggests the nearest
        if place.section not in self.session.cell.document.sections:
            raise KeyError(f"{place.section!r} is no single section: name one, as in 'dend[3]'")
        with self.lock, self.hold_sync():
            self._places[role] = place
            self._show_sites()
            self._request()

    @action("site.exchange")
    def exchange(self) -> None:
        """Let A and B change places."""
        with self.lock, self.hold_sync():
            self._places = {"inject": self.measure, "measure": self.inject}
            self._show_sites()
            self._request()

    @action("curves.keep")
    def keep(self) -> None:
        """Keep the curves shown, faint, beneath the next ones."""
        with self.lock, self.hold_sync():
            if self._picture is not None:
                self._kept = (*self._kept, self._picture)[-_MOST_KEPT:]
                self._show_curves()

    @action("curves.forget")
    def forget(self) -> None:
        """Drop the kept curves."""
        with self.lock, self.hold_sync():
            self._kept = ()
            self._show_curves()

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what is shown."""
        return {"content": program(self.session, self._asked, self.inject, self.measure)}

    @action("export.csv")
    def export_csv(self) -> dict[str, Any]:
        """Every quantity of every segment at all frequencies, as comma-separated values with units in the header."""
        if self.result is None:
            raise ValueError("there are no impedances to export yet")
        frame = self.result.to_dataframe().rename(columns={**QUANTITIES, "distance": "Distance from A (µm)"})
        return {"content": frame.to_csv(index_label=["Place", "Frequency (Hz)"])}

    def _request(self) -> None:
        if not self.session.cell.sections:
            self.error = NO_SECTIONS
            return
        self._requested += 1
        self.state = "running"
        if self._picture is None:
            self.status = "Compiling the model …"
        session = self.session
        question = Question(
            self._version,
            session.cell.freeze(),
            session.protocol,
            self._asked,
            self.inject,
            dict(session.values),
            session.maker(),
        )
        task = _Task(self._requested, question, self._asked, self.measure, self.session.stamp)
        self._latest.submit(lambda: self._work(task))

    def _work(self, task: _Task) -> None:
        """Runs on the worker's thread: first what moves with a slider, then, if nothing waits, what takes longer."""
        began = perf_counter()
        picture: Picture | None = None
        readouts: list[dict[str, str]] | None = None
        notice = failure = ""
        try:
            z = self._solver.solve(task.question, lambda: task.number < self._requested)
            picture = picture_of(z, task.asked, task.measure)
            elapsed = perf_counter() - began
            self._tell(lambda: self._show(task, picture, elapsed))
            if self._latest.wanted(_PAUSE):
                return
            frozen = self._solver.frozen(task.question, z)
            readouts = key_figures(z, frozen, task.measure)
            notice = notice_of(self._solver.checked(task.question, z))
        except Superseded:
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
            _log.debug("an impedance failed", exc_info=True)
            failure = words(error)
        self._tell(lambda: self._show_rest(task, readouts, notice, failure))

    def _tell(self, show: Callable[[], None]) -> None:
        with self.lock:
            if self.comm is not None:
                with self.hold_sync():
                    show()

    def _show(self, task: _Task, picture: Picture, elapsed: float) -> None:
        self._picture = picture
        if len(picture.values) == self._count():
            self._put_values(picture.values, picture.label, picture.unit, picture.limits)
            if self.revision == 0:
                self.colour_by = "value"
        self._show_curves()
        self.profile, self.profile_info = picture.profile, picture.profile_info
        self.shape, self.shape_segments, self.shape_info = picture.shape
        self.error, self.notice = "", picture.notice
        self.timing = {"stamp": task.stamp, "simulation_ms": 1000 * elapsed}
        self.status = f"{duration_in_words(elapsed)}, {'updating' if task.number < self._requested else 'up to date'}"

    def _show_rest(self, task: _Task, readouts: list[dict[str, str]] | None, notice: str, failure: str) -> None:
        self.error = failure
        if failure:
            self.status = "Stopped by an error"
        else:
            self.notice = notice
        if readouts is not None:
            self.readouts = readouts
        if task.number == self._requested:
            self.state = "error" if failure else "idle"
        self.revision += 1

    def _show_curves(self) -> None:
        if self._picture is None:
            return
        alike = [each for each in self._kept if each.against == self._picture.against]
        self.curves = self._picture.curves
        self.kept = b"".join(each.curves for each in alike)
        self.curves_info = {**self._picture.curves_info, "kept": [each.curves_info["samples"] for each in alike]}
        self.revision += 1

    def _show_asked(self) -> None:
        protocol = self.session.protocol
        self.asked = {**vars(self._asked), **{name: getattr(protocol, name) for name in (*_SESSION, "tstop")}}

    def _show_sites(self) -> None:
        if not self.session.cell.sections:
            self.sites, self.marks = {}, []
            return
        placed = {"inject": self.inject, "measure": self.measure}
        self.sites = {
            role: {"section": place.section, "x": place.x, "letter": _ROLES[role][0], "colour": _ROLES[role][1]}
            for role, place in placed.items()
        }
        self.marks = [{"name": role, **site} for role, site in self.sites.items()]

    def _place(self, role: str) -> Location:
        """Where an electrode is, or a default while its section is not there."""
        place, cell = self._places[role], self.session.cell
        if place is not None and place.section in cell.document.sections:
            return place
        return root_of(cell) if role == "inject" else farthest(cell, self.inject)

    def _mark_dropped(self, change: Any) -> None:
        moved = change["new"]
        if moved:
            self.place(moved["name"], moved["section"], moved["x"])
