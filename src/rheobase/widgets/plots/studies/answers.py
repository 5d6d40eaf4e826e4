"""How a cell answers to currents and voltages: f-I, I-V, strength and duration."""

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from rheobase.analysis.excitability.fi_curve import fi_curve
from rheobase.analysis.excitability.iv_curve import iv_curve
from rheobase.analysis.excitability.strength_duration import strength_duration
from rheobase.analysis.space.variables import variables_at
from rheobase.mechanisms import Parameter
from rheobase.widgets.plots.studies.drawing import INK, QUIET, Drawing, Panel, series
from rheobase.widgets.plots.studies.study import Number, Situation, Study, count_of, told

_STEPS = Parameter("steps", 13, "1", minimum=2, maximum=200, doc="how many steps are run, all at once")


class Rates(Study):
    """Frequency against current."""

    name, title = "fi", "f-I"
    doc = "How often the cell fires under steps of current at the place that was clicked"
    numbers: ClassVar = {
        "low": Number("From", Parameter("low", 0.0, "nA", doc="the least current")),
        "high": Number("To", Parameter("high", 1.0, "nA", doc="the greatest current")),
        "steps": Number("Steps", _STEPS, (2, 50)),
        "dur": Number("Duration", Parameter("dur", 200.0, "ms", minimum=1, doc="length of each step"), (10, 1000)),
    }

    def usual(self, situation: Situation) -> dict[str, float]:
        """Twice the current that the cell is given."""
        return {"high": float(f"{2 * situation.amp:.2g}")}

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """Rates of the whole step, of its first and of its last interval."""
        amps = np.linspace(values["low"], values["high"], count_of(values, "steps"))
        curve = fi_curve(situation.cell, situation.place, amps, dur=values["dur"], cancelled=cancelled, **situation.run)
        shown = (("whole step", curve.rates), ("first interval", curve.first), ("last interval", curve.steady))
        lines = tuple(series(name, "both", k, curve.amps, rates) for k, (name, rates) in enumerate(shown))
        words = (
            f"fires from {curve.onset:.3g} nA on, at most {max(rates.max() for _, rates in shown):.3g} Hz"
            if curve.counts.any()
            else "silent throughout"
        )
        panel = Panel("Rate", "Hz", "Current (nA)", lines, zero=True)
        return Drawing((panel,), words, curve, f"curve = {curve.code}\ncurve.figure()\n")


class Currents(Study):
    """Current against voltage."""

    name, title = "iv", "I-V"
    doc = "The current that holds the place that was clicked at steps of voltage"
    numbers: ClassVar = {
        "hold": Number("Hold", Parameter("hold", -65.0, "mV", doc="voltage before the step"), (-100, 0)),
        "low": Number("From", Parameter("low", -100.0, "mV", doc="the lowest step"), (-150, 0)),
        "high": Number("To", Parameter("high", 60.0, "mV", doc="the highest step"), (-50, 100)),
        "steps": Number("Steps", Parameter("steps", 17, "1", minimum=2, maximum=200, doc=_STEPS.doc), (2, 50)),
        "dur": Number("Duration", Parameter("dur", 50.0, "ms", minimum=1, doc="length of each step"), (5, 500)),
    }

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """Peak and steady current of the clamp, and below it what each ion carries at the place."""
        run = {name: value for name, value in situation.run.items() if name not in ("v_init", "init")}
        if run.get("method") == "crank_nicolson":  # it rings behind a clamp
            run.pop("method")
        here = variables_at(situation.cell, situation.place)
        ions = [each.owner for each in here if each.unit == "mA/cm2" and each.name == f"i{each.owner}"]
        curve = iv_curve(
            situation.cell,
            situation.place,
            np.linspace(values["low"], values["high"], count_of(values, "steps")),
            hold=values["hold"],
            dur=values["dur"],
            ions=ions,
            cancelled=cancelled,
            **run,
        )
        clamp = (
            series("clamp, peak", "both", INK, curve.voltages, curve.peak),
            series("clamp, steady", "dashed", INK, curve.voltages, curve.steady),
        )
        panels = [Panel("Clamp current", "nA", "Command (mV)", clamp, zero=True, height=1.2)]
        carried = tuple(
            each
            for k, (ion, found) in enumerate(curve.currents.items())
            for each in (
                series(f"{ion}, peak", "both", k, curve.voltages, found.peak),
                series(f"{ion}, steady", "dashed", k, curve.voltages, found.steady),
            )
        )
        if carried:
            panels.append(Panel("At the place", "mA/cm2", "Command (mV)", carried, zero=True))
        zero = curve.reversal()
        words = f"the steady current is zero at {zero:.4g} mV" if np.isfinite(zero) else "the current does not reverse"
        return Drawing(tuple(panels), words, curve, f"curve = {curve.code}\ncurve.figure()\n")


class Thresholds(Study):
    """Strength against duration."""

    name, title = "strength_duration", "Strength-duration"
    doc = "The least current that makes the cell fire, for pulses of many lengths at the place that was clicked"
    numbers: ClassVar = {
        "dur": Number("Long pulse", Parameter("dur", 50.0, "ms", minimum=1, doc="its threshold is the rheobase")),
        "points": Number("Pulses", Parameter("points", 8, "1", minimum=3, maximum=60, doc="of how many lengths")),
        "limit": Number("Limit", Parameter("limit", 100.0, "nA", minimum=1e-6, doc="the most that is tried"), (1, 500)),
    }

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """Thresholds by bisection, with the laws of Weiss and Lapicque through them."""
        found = strength_duration(
            situation.cell,
            situation.place,
            np.geomspace(0.1, values["dur"], max(3, round(values["points"]))),
            dur=values["dur"],
            limit=values["limit"],
            tolerance=2e-3,
            cancelled=cancelled,
            **situation.run,
        )
        smooth = np.geomspace(found.durations[0], found.durations[-1], 120)
        span = [found.durations[0], found.durations[-1]]
        lines = [
            series("", "dashed", QUIET, span, 2 * [found.rheobase]),
            *(
                series(fit.law.title(), "line", k, smooth, fit.evaluate(smooth))
                for k, fit in enumerate((found.weiss, found.lapicque), start=1)
            ),
            series("threshold", "points", 0, found.durations, found.amps),
        ]
        words = told("rheobase", found.rheobase, "nA")
        if np.isfinite(found.chronaxie):
            words += f", {told('chronaxie', found.chronaxie, 'ms')}"
            lines.append(series("chronaxie", "hollow", INK, [found.chronaxie], [2 * found.rheobase]))
        panel = Panel("Threshold", "nA", "Duration (ms)", tuple(lines), log="xy")
        return Drawing((panel,), words, found, f"found = {found.code}\nfound.figure()\n")
