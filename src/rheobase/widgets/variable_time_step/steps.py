"""The integrator and its tolerances in a widget, and what a run did with them."""

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import traitlets

from rheobase.analysis import deviation, rescaled, state_scales, steps_in_words, steps_of
from rheobase.kernel import integrators
from rheobase.model import Protocol
from rheobase.simulate import Results, Simulation
from rheobase.units import to_float
from rheobase.widgets.actions import action, words
from rheobase.widgets.code import run_lines
from rheobase.widgets.latest import Latest
from rheobase.widgets.pictures import Picture, thinned
from rheobase.widgets.run_traits import RunTraits, is_adaptive, methods
from rheobase.widgets.session import Event
from rheobase.widgets.traces import TraceTraits

ADAPTIVE = "adaptive"
_STEP_COLOUR, _ORDER_COLOUR = "#0072b2", "#009e73"


class StepTraits(RunTraits, TraceTraits):
    """The integrator and its tolerances as the browser reads them, and what the latest run did with them.

    - `account`: what the run cost, in words; `against`: how far it lies from the newest kept run.
    - `scales`: the table of types of state; `scaled`: whether any scale differs from 1.
    """

    account = traitlets.Unicode().tag(sync=True)
    against = traitlets.Unicode().tag(sync=True)
    scales: Any = traitlets.List().tag(sync=True)
    scaled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, source: Any, protocol: Protocol | None = None, **traits: Any) -> None:
        self._pictures: WeakKeyDictionary[Picture, Picture] = WeakKeyDictionary()
        self._runs: WeakKeyDictionary[Picture, tuple[Results, str]] = WeakKeyDictionary()
        self._refusals: dict[str, str] = {}
        self._looked_at: tuple[Any, ...] = ()
        self._looking = Latest("rheobase-integrators")
        super().__init__(source, protocol, **traits)

    def hear(self, event: Event) -> None:
        """Bring everything up to date."""
        super().hear(event)
        session = self.session
        if event.kind == "opened" or {"sections", "insertions", "placements"} & event.paths:
            self._look()
        if event.kind in ("opened", "settings"):
            self.methods = self._methods()
            self.time_range = [0.0, session.protocol.tstop]
        if event.kind == "run" and event.update is not None and event.update.results is not None:
            self._show_run(event.update.results)
        if event.kind in ("opened", "kept"):
            self.show_kept(tuple(self._own(picture) for picture in session.kept))
        if event.kind == "opened" and session.results is not None:
            self._show_run(session.results)
        if event.kind in ("opened", "kept", "run"):
            self.against = self._compared()
        if event.kind in ("opened", "settings", "run"):
            self.scales = self._scales()
            self.scaled = bool(session.protocol.atol_scale)
        if event.kind in ("opened", "run", "cancelled", "stopped", "kept", "settings"):
            self.revision += 1

    def close(self) -> None:
        """Take the widget off the page."""
        self._looking.close()
        super().close()

    @action("analysis")
    def analyse(self) -> None:
        """Switch to the variable step and run, so that the table of scales fills."""
        if self.session.protocol.method != ADAPTIVE:
            self.session.set("method", ADAPTIVE)
        if not self.session.busy:
            self.session.request()

    @action("scale.set")
    def set_scale(self, name: str, value: float | str) -> None:
        """Give one type of state a scale of its own."""
        self._set_scales({**self.atol_scale, str(name): to_float(value, "1", f"the scale of {str(name)[:80]}")})

    @action("scale.times")
    def multiply_scale(self, name: str, factor: float) -> None:
        """Multiply the scale of one type of state."""
        now = self.atol_scale
        self._set_scales({**now, name: float(f"{now.get(name, 1.0) * factor:.6g}")})

    @action("scale.original")
    def reset_scale(self, name: str) -> None:
        """Give one type of state, or all for no name, back the scale that it had at first."""
        initial = dict(self.session.initial("atol_scale"))
        if name:
            initial = {**self.atol_scale, name: initial.get(name, 1.0)}
        self._set_scales(initial)

    @action("scale.rescale")
    def rescale(self) -> None:
        """Scale each type of state to the power of ten of its largest magnitude."""
        results = self.session.results
        if results is None or results.statistics is None:
            raise ValueError("there is no run of the variable step to scale by: press Analysis Run first")
        self._set_scales(rescaled(results.statistics, self.atol_scale))

    @action("code")
    def code(self) -> dict[str, Any]:
        """The lines that run the cell as it is run here."""
        return {"content": run_lines(self.session)}

    @property
    def atol_scale(self) -> dict[str, float]:
        """The scales other than 1, by type of state."""
        return dict(self.session.protocol.atol_scale)

    def _set_scales(self, scales: Mapping[str, float]) -> None:
        self.session.set("atol_scale", {name: scale for name, scale in scales.items() if scale != 1})

    def _settings(self) -> list[dict[str, Any]]:
        if not is_adaptive(self.session.protocol.method):
            return [self.setting("tstop"), self.setting("dt")]
        # A tolerance is told by its power of ten, not on the scale of a slider.
        tolerances = [self.setting("atol"), self.setting("rtol")]
        return [self.setting("tstop"), *({**each, "step": each["value"] or 1e-3} for each in tolerances)]

    def _methods(self) -> list[dict[str, Any]]:
        return [{**each, "reason": self._refusals.get(each["name"], "")} for each in methods()]

    def _look(self) -> None:
        """Find out, away from the page, which integrators refuse the model; only what it is made of bears on that."""
        cell = self.session.cell
        made_of = (cell.document.structure_revision, len(cell.placements))
        if made_of == self._looked_at or not cell.sections:
            return
        self._looked_at = made_of
        snapshot, protocol = cell.freeze(), self.session.protocol

        def look() -> None:
            refusals = {}
            for each in integrators():
                try:
                    Simulation(snapshot, protocol.replace(method=each.name))
                except (ValueError, TypeError) as error:
                    refusals[each.name] = _reason(words(error), each.name)
                except Exception:  # noqa: BLE001, S112  what else is wrong, a run will tell
                    continue
            with self.lock:
                if self.comm is not None and refusals != self._refusals:
                    self._refusals = refusals
                    self.methods = self._methods()

        self._looking.submit(look)

    def _show_run(self, results: Results) -> None:
        picture = self.session.picture
        if picture is None:
            return
        self._runs[picture] = (results, _setting_in_words(self.session.protocol))
        self._pictures[picture] = self._with_steps(picture, results)
        self.show_picture(self._own(picture))
        self.account = steps_in_words(results, self.session.every)

    def _own(self, picture: Picture) -> Picture:
        """A run as this widget shows it: its voltages, and beneath them its steps where they are known."""
        return self._pictures.get(picture) or _voltages_of(picture)

    def _with_steps(self, picture: Picture, results: Results) -> Picture:
        known = {each.name: each.order for each in integrators()}
        lengths, orders = steps_of(results, known.get(self.session.protocol.method, 1), self.session.every)
        samples = thinned(len(results.t))
        voltages = _voltages_of(picture)
        info = [
            *voltages.info,
            {"name": "step", "unit": "ms", "colour": _STEP_COLOUR, "panel": "Step size", "letter": "", "axis": "log"},
            {"name": "order", "unit": "1", "colour": _ORDER_COLOUR, "panel": "Order", "letter": "", "axis": "count"},
        ]
        rows = [voltages.rows, lengths[None, samples], orders[None, samples]]
        return Picture(picture.label, info, np.concatenate(rows).astype(np.float32))

    def _compared(self) -> str:
        session = self.session
        if not session.kept or session.picture is None or session.picture is session.kept[-1]:
            return ""
        here, there = self._runs.get(session.picture), self._runs.get(session.kept[-1])
        if here is None or there is None:
            return ""
        try:
            return f"Against the kept run ({there[1]}): {deviation(here[0], there[0])}"
        except ValueError:  # it ended elsewhere, or recorded other places
            return ""

    def _scales(self) -> list[dict[str, Any]]:
        protocol, results = self.session.protocol, self.session.results
        scales = self.atol_scale
        found: list[dict[str, Any]] = []
        if results is not None and results.statistics is not None:
            rows = state_scales(results.statistics, protocol.atol, protocol.rtol, scales).rows
            found = [{**vars(row), "changed": row.scale != 1} for row in rows]
        missing = [name for name in scales if name not in {row["name"] for row in found}]
        found += [
            {"name": name, "unit": "", "scale": scales[name], "largest": None, "error": None, "allowed": None,
             "changed": True}
            for name in missing
        ]  # fmt: skip
        return found


def _reason(refusal: str, method: str) -> str:
    """Why a method refuses, without its name and the others, which stand in the list themselves.

    >>> _reason("method = 'rk4' is for a single compartment, and this model has 2 segments: use 'adaptive'", "rk4")
    'for a single compartment, and this model has 2 segments'
    """
    return re.split(r"[:;] use '", refusal.removeprefix(f"method = {method!r} is "))[0]


def _setting_in_words(protocol: Protocol) -> str:
    if is_adaptive(protocol.method):
        return f"{protocol.method}, atol {protocol.atol:g}"
    return f"{protocol.method}, dt {protocol.dt:g} ms"


def _voltages_of(picture: Picture) -> Picture:
    chosen = [row for row, trace in enumerate(picture.info) if trace["unit"] == "mV"]
    return Picture(
        picture.label, [picture.info[row] for row in chosen], picture.rows[[0, *(row + 1 for row in chosen)]]
    )
