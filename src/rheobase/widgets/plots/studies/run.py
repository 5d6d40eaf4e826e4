"""What a run was made of: its currents, its way along the cell, its spikes and their features."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, cast

import numpy as np

from rheobase.analysis.space.attenuation import Measure, attenuation
from rheobase.analysis.space.variables import variables_at
from rheobase.analysis.traces.currents import currentscape
from rheobase.analysis.traces.features import features
from rheobase.analysis.traces.spikes import THRESHOLD, spikes
from rheobase.figures import with_unit
from rheobase.mechanisms import Parameter
from rheobase.widgets.pictures import thinned
from rheobase.widgets.plots.following import short
from rheobase.widgets.plots.studies.drawing import INK, QUIET, Drawing, Panel, series
from rheobase.widgets.plots.studies.study import Choosing, Number, Situation, Study, told

_TIME = "Time (ms)"
_SLOPE = "dv/dt"
_LEAST = 1e-6  # nA, that a logarithmic axis shows


class Scape(Study):
    """All currents of a segment."""

    name, title = "currents", "Currents"
    doc = "Every current of the segment that was clicked: how much flows out and in, and what carries it"

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """The currentscape: voltage, totals and shares (Alonso and Marder 2019)."""
        scape = currentscape(situation.make(), situation.place, cancelled=cancelled)
        keep = thinned(len(scape.t))
        t = scape.t[keep]
        panels = [Panel("V", "mV", _TIME, (series("", "line", INK, t, scape.v[keep]),), height=1.1)]
        directions: tuple[Literal["outward", "inward"], ...] = ("outward", "inward")
        totals, shares = {}, {}
        for direction in directions:
            parts = scape.shares(direction)
            stacked = np.cumsum(100 * parts.to_numpy()[keep].T, axis=0)
            below = np.vstack([np.zeros_like(t), stacked[:-1]])
            bands = tuple(
                series(str(name) if direction == "outward" else "", "band", k, t, low, high)
                for k, (name, low, high) in enumerate(zip(parts.columns, below, stacked, strict=True))
            )
            flow = np.maximum(_total(scape.values, scape.kinds, direction)[keep], _LEAST)
            upright = direction == "outward"
            shares[direction] = Panel(
                direction.title(), "%", _TIME, bands, y_range=(0, 100) if upright else (100, 0), height=1.2
            )
            totals[direction] = Panel(
                "Out" if upright else "In", "nA", _TIME, (series("", "line", QUIET, t, flow),), log="y", height=0.7
            )
        panels += [totals["outward"], shares["outward"], shares["inward"], totals["inward"]]
        worst = float(np.abs(scape.residual).max())
        words = f"at {short(situation.place)}, {len(scape.names)} currents that add up to nothing within {worst:.1g} nA"
        return Drawing(
            tuple(panels), words, scape, f"scape = rb.currentscape(sim, {_place(situation)})\nscape.figure()\n"
        )


class Against(Study):
    """One variable of a place against another."""

    name, title = "against", "X-Y"
    doc = "Any variable of the place that was clicked against another, such as dV/dt against V"

    def choices(self, situation: Situation) -> dict[str, Choosing]:
        """Everything that can be recorded at the place, and how fast the voltage changes."""
        here = {each.name: each.name for each in variables_at(situation.cell, situation.place)}
        return {"y": Choosing("Plot", {_SLOPE: _SLOPE, **here}), "x": Choosing("against", {**here, _SLOPE: _SLOPE})}

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """The run as a line, from where it begins to where it ends."""
        known = {each.name: each for each in variables_at(situation.cell, situation.place)}
        wanted = [known["v" if name == _SLOPE else name] for name in (chosen["x"], chosen["y"])]
        sim = situation.make(record=list(dict.fromkeys(each.recordable for each in wanted)))
        results = sim.run(cancelled=cancelled)
        rows, titles = [], []
        for name, each in zip((chosen["x"], chosen["y"]), wanted, strict=True):
            row = results[each.recordable]
            rows.append(np.gradient(row, results.t) if name == _SLOPE else row)
            titles.append((name, "mV/ms" if name == _SLOPE else each.unit))
        keep = thinned(len(results.t))
        x, y = (row[keep] for row in rows)
        drawn = (
            series("", "line", 0, x, y),
            series("begins", "hollow", INK, x[:1], y[:1]),
            series("ends", "points", INK, x[-1:], y[-1:]),
        )
        (across, unit_x), (label, unit) = titles
        words = " against ".join(f"{name} from {min(r):.4g} to {max(r):.4g}" for name, r in ((label, y), (across, x)))
        panel = Panel(label, unit or "1", with_unit(across, unit_x), drawn, zero=True)
        code = "rec = sim.run()\nrec.to_dataframe()\n"
        return Drawing((panel,), words, results, code, record=results.recordables)


class Losses(Study):
    """How a change in voltage shrinks along the path."""

    name, title = "attenuation", "Attenuation"
    doc = "How a change in voltage shrinks, and when it comes, along the path from A to B"
    numbers: ClassVar = {
        "after": Number("After", Parameter("after", 0.0, "ms", minimum=0, doc="changes are from the voltage then")),
    }

    def choices(self, situation: Situation) -> dict[str, Choosing]:
        """Which change is measured."""
        return {"measure": Choosing("Change", {"peak": "largest", "steady": "at the end"})}

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """The change, its share of the first, and when its peak comes."""
        measure, after = cast("Measure", chosen["measure"]), values["after"]
        found = attenuation(situation.make(), *situation.ends, measure=measure, after=after, cancelled=cancelled)
        start, end = (short(place) for place in situation.ends)
        along = f"Distance from {start} to {end} (um)"
        rows = [("Change", "mV", found.amplitudes), ("Share of the first", "1", found.ratios)]
        if measure == "peak":
            rows.append(("Peak", "ms", found.times))
        panels = [
            Panel(label, unit, along, (series("", "both", k, found.distance, row),), zero=k < 2)
            for k, (label, unit, row) in enumerate(rows)
        ]
        words = [f"{found.amplitudes[0]:.3g} mV at A, {found.amplitudes[-1]:.3g} mV at B"]
        if np.isfinite(found.length_constant):
            words.append(told("falls to 1/e over", found.length_constant, "um"))
        if np.isfinite(found.velocity):
            words.append(told("travels at", found.velocity, "m/s"))
        ends = ", ".join(f"rb.Location({place.section!r}, {place.x!r})" for place in situation.ends)
        code = f"found = rb.attenuation(sim, {ends}, measure={measure!r}, after={after:g})\nfound.figure()\n"
        return Drawing(tuple(panels), ", ".join(words), found, code)


class Firing(Study):
    """Spikes and features."""

    name, title = "spikes", "Spikes"
    doc = "The spikes at the place that was clicked, their rates, and the features of the trace"
    numbers: ClassVar = {
        "threshold": Number(
            "Threshold", Parameter("threshold", THRESHOLD, "mV", doc="voltage that counts as a spike"), (-60, 20)
        ),
    }

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """The trace with its spikes, the rate of each interval, and a table of features."""
        threshold = values["threshold"]
        results = situation.make(record=[situation.place.v]).run(cancelled=cancelled)
        found = spikes(results, threshold=threshold)
        keep = thinned(len(found.t))
        t, v = found.t[keep], found.traces[0][keep]
        ends = [t[0], t[-1]]
        panels = [
            Panel(
                "V",
                "mV",
                _TIME,
                (
                    series("", "dashed", QUIET, ends, [threshold, threshold]),
                    series("", "line", 0, t, v),
                    series("spikes", "points", 1, found.times[0], np.full(len(found.times[0]), threshold)),
                ),
                x_range=(float(t[0]), float(t[-1])),
                height=1.6,
            )
        ]
        if len(found.times[0]) > 1:
            rate = series("rate of each interval", "both", 2, found.times[0][1:], found.rates(0))
            panels.append(Panel("Rate", "Hz", _TIME, (rate,), x_range=(float(t[0]), float(t[-1])), zero=True))
        pulse = situation.pulse
        start, end = (None, None) if pulse is None else pulse
        told_of = features(results, threshold=threshold, stim_start=start, stim_end=end)
        table = told_of.to_dataframe()
        rows = [
            (str(name).replace("_", " "), f"{row['mean']:.4g} {row['unit']}".rstrip(), f"{row['count']}")
            for name, row in table.iterrows()
            if np.isfinite(row["mean"])
        ]
        count = len(found.times[0])
        words = f"{count} spike{'' if count == 1 else 's'} at {short(situation.place)}"
        if count > 1:
            words += f", {told('intervals', float(found.intervals(0).mean()), 'ms')} on average"
        given = f", threshold={threshold:g}"
        given += "" if pulse is None else f", stim_start={start:g}, stim_end={end:g}"
        code = (
            "rec = sim.run()\n"
            f"found = rb.spikes(rec, threshold={threshold:g})\nfound.figure()\n"
            f"rb.features(rec{given}).to_dataframe()\n"
        )
        return Drawing(tuple(panels), words, told_of, code, (("Feature", "Mean", "Numbers"), *rows))


def _total(values: np.ndarray, kinds: tuple[str, ...], direction: str) -> np.ndarray:
    shown = values[[kind != "capacitive" for kind in kinds]]
    total: np.ndarray = np.maximum(shown if direction == "outward" else -shown, 0).sum(axis=0)
    return total


def _place(situation: Situation) -> str:
    return f"rb.Location({situation.place.section!r}, {situation.place.x!r})"
