"""Families of runs: one parameter swept, the traces laid over one another and kept, each called by its value."""

from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import traitlets

from rheobase.analysis import Family, FamilyStudy, spaced
from rheobase.analysis.parameters.varied import varied
from rheobase.simulate import Simulation, Update
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.code import simulation_lines
from rheobase.widgets.pictures import Picture, Trace
from rheobase.widgets.run_traits import RunTraits
from rheobase.widgets.session import Event

_MOST = 60  # runs of a family; more lines than that nobody tells apart
_MOST_SAMPLES = 4000  # of a trace that is drawn
_NOTHING: dict[str, Any] = {"label": "", "unit": "", "members": [], "colours": []}


class FamilyTraits(RunTraits):
    """A parameter that is swept, and what came of it, as the browser reads it.

    - `family`: the `parameter` and its `unit`, `start`, `end`, `number` and `scale` (`"lin"` or `"log"`) of its values;
      the `trace` that is drawn, of `traces`; whether it is `running`, how it stands in `words`, and in `problem` why it
      cannot be run.
    - `family_drawn`: the `label` and `unit` of what is drawn, and of its `members` the names and `colours`.
    - `family_curves`: float32, a row of times (ms), then a row a member.
    """

    family: Any = traitlets.Dict().tag(sync=True)
    family_drawn: Any = traitlets.Dict(_NOTHING).tag(sync=True)
    family_curves = traitlets.Bytes().tag(sync=True)

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._asked: dict[str, Any] = {"parameter": "", "start": 0.0, "end": 1.0, "number": 5, "scale": "lin"}
        self._unit = self._trace = ""
        self._traces: tuple[Trace, ...] = ()
        self._kept: tuple[Picture, ...] = ()
        self._study: FamilyStudy | None = None
        self._running = False
        self._words = "Choose a parameter, such as IClamp[0].amp or soma.hh.gnabar."
        super().__init__(*arguments, **traits)

    @property
    def family_runs(self) -> Family | None:
        """The runs of the latest family, or None."""
        return None if self._study is None else self._study.result

    def hear(self, event: Event) -> None:
        """Follow the runs of the family."""
        super().hear(event)
        if event.kind == "opened":
            self._show_family()
        if event.kind == "study" and self._running and event.update is not None:
            self._took(event.update)

    @action("family.names")
    def family_names(self) -> dict[str, Any]:
        """The names of all parameters."""
        defaults = self._simulation().assembly.table.defaults
        return {"names": [name for name, value in defaults.items() if isfinite(np.mean(value))]}

    @action("family.set")
    def set_family(self, key: str, value: Any) -> None:
        """Choose the parameter, its values or the trace."""
        if key == "parameter":
            self._choose(str(value)[:200])
        elif key == "trace":
            self._trace = str(value)[:200]
            self._draw()
        elif key in ("start", "end"):
            self._asked[key] = to_float(value, self._unit or "1", f"the {'first' if key == 'start' else 'last'} value")
        elif key == "number":
            self._asked[key] = _count(value)
        elif key == "scale" and value in ("lin", "log"):
            self._asked[key] = value
        else:
            raise ValueError(f"a family has no {str(key)[:40]!r} that could be {str(value)[:40]!r}")
        self._show_family()

    @action("family.run")
    def run_family(self) -> None:
        """Run once for each value."""
        asked = self._asked
        if not asked["parameter"]:
            raise ValueError("choose a parameter first")
        values = spaced(asked["start"], asked["end"], asked["number"], asked["scale"])
        session = self.session
        with self.lock:
            traces = session.traces()
            record = tuple(trace.recordable for trace in traces)
            snapshot, protocol = session.cell.freeze(), session.protocol
            every, start, values_before = session.every, session.start, dict(session.values)

            def make() -> FamilyStudy:
                simulation = Simulation(snapshot, protocol, record=record, every=every, init=start)
                for name, value in values_before.items():
                    simulation.set(name, value)
                study = FamilyStudy(simulation, asked["parameter"], values)
                with self.lock:
                    self._study, self._traces = study, traces
                return study

            self._study, self._running, self._words = None, True, f"Running {len(values)} runs …"
            self._show_family()
        session.study(make)

    @action("family.stop")
    def stop_family(self) -> None:
        """Stop the family; the runs that are done stay."""
        self.session.cancel()

    @action("family.clear")
    def clear_family(self) -> None:
        """Drop the runs of the family, also where they were kept."""
        with self.lock:
            self._study, self._words = None, ""
            self._keep(())
            self._draw()
            self._show_family()

    @action("family.code")
    def family_code(self) -> dict[str, Any]:
        """The lines that run the family."""
        asked = self._asked
        if not asked["parameter"]:
            raise ValueError("choose a parameter first")
        ends = f"{asked['start']!r}, {asked['end']!r}, {asked['number']!r}"
        scale = "" if asked["scale"] == "lin" else ", 'log'"
        swept = f"found = rb.family(sim, {asked['parameter']!r}, rb.spaced({ends}{scale}))\nfound.figure()\n"
        return {
            "content": simulation_lines(self.session, [trace.recordable for trace in self.session.traces()]) + swept
        }

    @action("family.table")
    def family_table(self) -> dict[str, Any]:
        """All traces of all runs as comma-separated values."""
        found = self.family_runs
        if found is None or not found.runs:
            raise ValueError("there are no runs of a family yet")
        return {"content": found.to_dataframe().to_csv()}

    def _simulation(self) -> Simulation:
        return Simulation(self.session.cell.freeze(), self.session.protocol)

    def _choose(self, name: str) -> None:
        """Take a parameter, with values around its present one."""
        known = varied(self._simulation(), name)
        self._unit = known.unit
        start, end = _around(known.value)
        self._asked |= {"parameter": name, "start": start, "end": end}
        if self._asked["scale"] == "log" and start <= 0:
            self._asked["scale"] = "lin"
        self._words = f"{name} is {f'{known.value:.6g} {known.unit}'.rstrip()} now."

    def _problem(self) -> str:
        asked = self._asked
        if not asked["parameter"]:
            return ""
        try:
            spaced(asked["start"], asked["end"], asked["number"], asked["scale"])
        except ValueError as error:
            return str(error)
        return ""

    def _show_family(self) -> None:
        names = [trace.name for trace in self._traces or self.session.traces()]
        self.family = {
            **self._asked,
            "unit": self._unit,
            "trace": self._trace if self._trace in names else names[0] if names else "",
            "traces": names,
            "running": self._running,
            "words": self._words,
            "problem": self._problem(),
        }

    def _took(self, update: Update) -> None:
        """Show how far the runs have come."""
        study = self._study
        done = 0 if study is None else len(study.result)
        whole = self._asked["number"] if study is None else len(study.result.values)
        runs = f"{done} of {whole} runs"
        self._running = update.state == "running"
        self._words = {
            "running": f"{runs} after {update.elapsed:.1f} s",
            "done": f"{whole} runs in {update.elapsed:.2g} s, kept beneath the traces",
            "cancelled": f"Stopped after {runs}",
            "error": f"After {runs}: {update.message}",
        }[update.state]
        if not self._running:
            self._keep(self._pictures())
        self._draw()
        self._show_family()

    def _draw(self) -> None:
        study, trace = self._study, self._chosen()
        if study is None or not study.result.runs or trace is None:
            self.family_curves, self.family_drawn = b"", _NOTHING
            return
        found = study.result
        t, rows = found.overlaid(trace.recordable)
        thin = max(1, -(-len(t) // _MOST_SAMPLES))
        run = found.runs[0]
        unit = run.units[run.recordables.index(trace.recordable)]
        self.family_curves = np.vstack([t[::thin], rows[:, ::thin]]).astype(np.float32).tobytes()
        self.family_drawn = {
            "label": trace.name,
            "unit": unit,
            "members": list(found.labels),
            "colours": list(found.colours),
        }

    def _chosen(self) -> Trace | None:
        """The trace that is drawn."""
        return next((trace for trace in self._traces if trace.name == self._trace), next(iter(self._traces), None))

    def _pictures(self) -> tuple[Picture, ...]:
        if self._study is None:
            return ()
        found = self._study.result
        return tuple(
            Picture.of(
                run, [replace(trace, colour=colour) for trace in self._traces], f"{found.parameter} = {label}", True
            )
            for run, label, colour in zip(found.runs, found.labels, found.colours, strict=False)
        )

    def _keep(self, pictures: tuple[Picture, ...]) -> None:
        """Keep these runs in place of those of the family before."""
        before, self._kept = self._kept, pictures
        self.session.exchange(before, pictures)


def _around(value: float) -> tuple[float, float]:
    """Where a family about a value begins and ends: at half of it and twice of it, or about 0 if it is that."""
    if value == 0:
        return 0.0, 1.0
    ends = float(f"{value / 2:.3g}"), float(f"{2 * value:.3g}")
    return min(ends), max(ends)


def _count(value: Any) -> int:
    number = to_float(value, "1", "the number of runs")
    if number != round(number) or not 1 <= number <= _MOST:
        raise ValueError(f"the number of runs = {value!r}: give a whole number from 1 to {_MOST}")
    return int(number)
