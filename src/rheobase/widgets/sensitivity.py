"""The sensitivity lens: how far a trace moves with a parameter, and which parameters move what is read off it most."""

import logging
from typing import Any

import numpy as np
import traitlets

from rheobase.analysis.parameters.bands import Band
from rheobase.analysis.parameters.finite import FiniteChange
from rheobase.analysis.parameters.landmarks import LANDMARKS, landmark
from rheobase.analysis.parameters.sensitivity import Effects, Sensitivity as Result, sensitivity
from rheobase.mechanisms import Parameter
from rheobase.model import Protocol, Recordable
from rheobase.simulate import Cancelled
from rheobase.widgets.actions import action, words
from rheobase.widgets.bundle import bundle
from rheobase.widgets.clamps import ClampTraits, root_of
from rheobase.widgets.code import simulation_lines
from rheobase.widgets.electrodes import COLOURS
from rheobase.widgets.latest import Turn
from rheobase.widgets.mechanisms import MechanismTraits
from rheobase.widgets.pictures import thinned
from rheobase.widgets.places import NO_SECTIONS
from rheobase.widgets.quantities import duration_in_words, number_in_words, quantity
from rheobase.widgets.session import Event
from rheobase.widgets.traces import TraceTraits
from rheobase.widgets.turning import TurningWidget
from rheobase.widgets.workbench import HistoryTraits

_CHANGE = Parameter("change", 10.0, "%", minimum=0.1, maximum=50, doc="how far the parameter grows and falls")
_GROUPS = {
    "membrane": "Membrane",
    "membrane shape": "Membrane and shape",
    "stimuli": "Stimuli",
    "membrane shape stimuli run": "Everything",
}
_MOST_BARS = 40
_PANELS = {"mV": "Voltage", "nA": "Current", "mA/cm2": "Current density", "mM": "Concentration"}

_log = logging.getLogger("rheobase")


class Sensitivity(HistoryTraits, ClampTraits, MechanismTraits, TraceTraits, TurningWidget):
    """A trace with a band around it, where it goes when one parameter changes by some per cent; and all of them ranked.

    The derivatives are worked out anew with every change of the cell, from code or by a slider in this or any other
    widget. A click on a bar chooses the parameter. *Check* runs the change in full and says where the band holds.

    **Arguments:**

    - `source`: a `Cell`, or a widget or `Session` on one.
    - `trace`: what to look at; by default the voltage at the first electrode.
    - `protocol`: run settings and further stimuli.

    `result` is the `rb.sensitivity` that is shown.
    """

    _esm = bundle("plain.js")

    sites: Any = traitlets.List().tag(sync=True)
    site = traitlets.Unicode().tag(sync=True)
    groups: Any = traitlets.List([{"value": key, "title": title} for key, title in _GROUPS.items()]).tag(sync=True)
    group = traitlets.Unicode("membrane").tag(sync=True)
    features: Any = traitlets.List().tag(sync=True)
    feature = traitlets.Unicode().tag(sync=True)
    bars: Any = traitlets.List().tag(sync=True)
    bars_info: Any = traitlets.Dict().tag(sync=True)
    parameter = traitlets.Unicode().tag(sync=True)
    field = traitlets.Unicode().tag(sync=True)
    change: Any = traitlets.List().tag(sync=True)
    remark = traitlets.Unicode().tag(sync=True)
    verdict = traitlets.Unicode().tag(sync=True)
    progress = traitlets.Float(1.0).tag(sync=True)

    def __init__(
        self, source: Any, trace: Recordable | None = None, protocol: Protocol | None = None, **traits: Any
    ) -> None:
        self._trace = trace
        self._percent = _CHANGE.default
        self._result: Result | None = None
        self._checked: FiniteChange | None = None
        self._chosen_feature = ""
        super().__init__(source, protocol, live=False, component="sensitivity", **traits)

    @property
    def result(self) -> Result | None:
        """The derivatives that are shown, None before the first are there."""
        return self._result

    @property
    def effects(self) -> Effects | None:
        """The ranked effects that are shown."""
        return None if self._result is None else self._result.effects(self.feature, self._percent / 100)

    @property
    def band(self) -> Band | None:
        """The band that is shown, None where the parameter is zero."""
        result = self._result
        if result is None or not self.parameter or result.of(self.parameter).value == 0:
            return None
        return result.band(self.parameter, self._percent / 100)

    def hear(self, event: Event) -> None:
        """Bring everything up to date, and differentiate anew what the change concerns."""
        super().hear(event)
        if event.kind == "opened" and self._trace is not None and not isinstance(self._trace, Recordable):
            raise TypeError(f"trace = {self._trace!r}: give what can be recorded, such as soma(0.5).v")
        if event.kind in ("opened", "document", "settings"):
            self.time_range = [0.0, self.session.protocol.tstop]
            self._show_sites()
            self._follow()

    @action("lens.parameter")
    def choose(self, parameter: str) -> None:
        """Draw the band of another parameter."""
        if self._result is None:
            raise ValueError("nothing is differentiated yet")
        self.parameter, self._checked = self._result.of(parameter).name, None
        self._draw()

    @action("lens.feature")
    def rank(self, feature: str) -> None:
        """Rank the parameters by what they do to another feature."""
        self._chosen_feature = landmark(feature).name
        self._draw()

    @action("lens.trace")
    def look_at(self, site: str) -> None:
        """Look at another trace, by its name in the list."""
        found = [trace.recordable for trace in self.session.traces() if trace.recordable.label == site]
        if not found:
            raise ValueError(f"nothing is recorded by the name {site!r}")
        self._trace = found[0]
        self._show_sites()
        self._follow()

    @action("lens.group")
    def vary(self, group: str) -> None:
        """Differentiate by other parameters."""
        if group not in _GROUPS:
            raise ValueError(f"group = {group!r}: there are {', '.join(map(repr, _GROUPS))}")
        self.group = group
        self._follow()

    @action("lens.change")
    def change_by(self, key: str, value: float | str, gesture: str = "") -> None:
        """Draw the band of a greater or smaller change, in per cent."""
        self._percent, self._checked = _CHANGE.check(value), None
        self._draw()

    @action("lens.change.reset")
    def reset_change(self, key: str) -> None:
        """Draw the band of ten per cent again."""
        self.change_by(key, _CHANGE.default)

    @action("lens.check")
    def check(self) -> None:
        """Run the change in full, and hold the band against it."""
        result, parameter, part = self._result, self.parameter, self._percent / 100
        if result is None or self.band is None:
            raise ValueError("there is no band to check")
        self.state, self.status, self.verdict = "running", "Running the change in full", ""

        def work(turn: Turn) -> None:
            try:
                checked = result.check(parameter, part)
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("a check of the lens failed", exc_info=True)
                message = words(error)
                self._tell(turn, lambda: self._fail(message))
                return
            self._tell(turn, lambda: self._show_check(checked))

        self._turns.take(work)

    @action("lens.cancel")
    def cancel(self) -> None:
        """Stop what is being worked out; the last picture stays."""
        self._stop()

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program of what is shown."""
        groups, change = self.group.split(), f"{self._percent / 100:g}"
        given = "" if groups == ["membrane"] else f", parameters={groups!r}"
        lines = [
            self.session.cell.to_code().rstrip(),
            "",
            simulation_lines(self.session, [self._recordable()]) + f"sens = rb.sensitivity(sim{given})",
            f"sens.effects({self.feature!r}, {change}).to_dataframe()",
            f"sens.figure({self.parameter!r}, {change})",
        ]
        return {"content": "\n".join(lines) + "\n"}

    @action("table")
    def table(self) -> dict[str, Any]:
        """The ranked effects as comma-separated values."""
        effects = self.effects
        if effects is None:
            raise ValueError("there is nothing to save yet")
        return {"content": effects.to_dataframe().to_csv()}

    def _recordable(self) -> Recordable:
        known = [trace.recordable for trace in self.session.traces()]
        if self._trace is not None and (
            self._trace in known or self._trace.place in self.session.cell.document.sections
        ):
            return self._trace
        voltages = [each for each in known if each.x is not None]
        return (voltages or known or [root_of(self.session.cell).v])[0]

    def _show_sites(self) -> None:
        if not self.session.cell.sections:
            self.sites, self.site = [], ""
            return
        shown = self._recordable()
        labels = [trace.recordable.label for trace in self.session.traces()]
        self.sites = labels if shown.label in labels else [shown.label, *labels]
        self.site = shown.label

    def _follow(self) -> None:
        """Ask for the derivatives of the model as it is now."""
        session = self.session
        if not session.cell.sections:
            self._fail(NO_SECTIONS)
            return
        make, recordable = session.maker(), self._recordable()
        parameters, stamp = tuple(self.group.split()), session.stamp
        self.state = "running"

        def work(turn: Turn) -> None:
            def progress(fraction: float) -> None:
                if turn.due():
                    self._tell(turn, lambda: self._show_progress(fraction))

            try:
                result = sensitivity(
                    make(record=[recordable]), parameters=parameters, cancelled=turn.unwanted, progress=progress
                )
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001  whatever it is, the worker lives on
                _log.debug("the lens failed", exc_info=True)
                message = words(error)
                self._tell(turn, lambda: self._fail(message))
                return
            self._tell(turn, lambda: self._show_result(result, turn, stamp), late=True)

        self._turns.take(work)

    def _show_progress(self, fraction: float) -> None:
        self.progress, self.status = fraction, f"Differentiating, {100 * fraction:.0f} %"

    def _fail(self, message: str) -> None:
        self.state, self.error, self.status, self.progress = "error", message, "Stopped by an error", 1.0
        self.revision += 1

    def _show_check(self, checked: FiniteChange) -> None:
        self._checked = checked
        self._draw()
        self.state, self.error, self.status = "idle", "", "Checked by two runs"

    def _show_result(self, result: Result, turn: Turn, stamp: str) -> None:
        self._result, self._checked = result, None
        current, seconds = turn.newest, turn.seconds
        count = len(result.parameters)
        self.status = f"{count} derivatives in {duration_in_words(seconds)}, {'up to date' if current else 'updating'}"
        self.timing = {"stamp": stamp, "simulation_ms": 1000 * seconds}
        self._draw()
        self.state, self.error, self.progress = "idle" if current else "running", "", 1.0

    def _draw(self) -> None:
        """Put what is known of the latest derivatives on the wire."""
        result = self._result
        self.change = [quantity("change", _CHANGE, self._percent, label="Change", reach=(0.0, 50.0))]
        if result is None:
            return
        missing = result.missing()
        self.features = [
            {"value": each.name, "title": each.title, "reason": missing.get(each.name, "")}
            for each in LANDMARKS.values()
        ]
        wanted = self._chosen_feature
        self.feature = wanted if wanted and wanted not in missing else result.feature
        effects = result.effects(self.feature, self._percent / 100)
        if self.parameter not in [each.name for each in result.parameters]:
            self.parameter = effects.ranked[0].parameter.name
        self.bars = [
            {
                "name": each.parameter.name,
                "value": number_in_words(each.parameter.value),
                "unit": each.parameter.unit,
                "effect": each.by_change,
            }
            for each in effects.ranked[:_MOST_BARS]
        ]
        self.bars_info = {
            "title": effects.feature.title,
            "unit": effects.unit,
            "value": effects.value,
            "change": self._percent,
            "more": max(0, len(effects.ranked) - _MOST_BARS),
        }
        self.field = self._field_of(self.parameter)
        self._draw_traces(result)
        self.revision += 1

    def _draw_traces(self, result: Result) -> None:
        band, unit = self.band, result.unit or "1"
        panel = _PANELS.get(unit, "Trace")
        rows = [result.t, result.values]
        info = [_line(result.trace.label, COLOURS[1], unit, panel)]
        if band is not None:
            sign = f"{self._percent:g} %"
            rows += [band.low, band.high, band.plus]
            info += [
                _line("", COLOURS[0], unit, panel, "edge"),
                _line("", COLOURS[0], unit, panel, "edge"),
                _line(f"{band.parameter} +{sign}", COLOURS[0], unit, panel, "dotted"),
            ]
            if self._checked is not None and self._checked.band.parameter == band.parameter:
                rows += [self._checked.plus, self._checked.minus]
                info += [
                    _line(f"run at +{sign}", COLOURS[2], unit, panel),
                    _line(f"run at \u2212{sign}", COLOURS[3], unit, panel),
                ]
        samples = thinned(len(result.t))
        self.traces = np.stack([np.asarray(row)[samples] for row in rows]).astype(np.float32).tobytes()
        self.trace_info = info
        self.remark = "" if band is None else band.remark
        self.verdict = "" if self._checked is None else self._checked.verdict

    def _field_of(self, name: str) -> str:
        """The key by which the chosen parameter's slider is known; empty where it has none."""
        keys = {each["key"] for group in self.mechanisms for each in group["parameters"]}
        keys |= {each["key"] for clamp in self.clamps if not clamp["fixed"] for each in clamp["parameters"]}
        place, _, rest = name.partition(".")
        target, _, coefficient = rest.rpartition(".")
        for key in (name, f"{place}|{rest}|", f"{place}|{target}|{coefficient}"):
            if key in keys:
                return key
        return ""


def _line(name: str, colour: str, unit: str, panel: str, style: str = "") -> dict[str, str]:
    return {"name": name, "unit": unit, "colour": colour, "panel": panel, "letter": "", "style": style}
