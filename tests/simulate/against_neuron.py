"""Describes a cell to the NEURON oracle and compares what both make of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import rheobase as rb
from rheobase.mechanisms import mechanism
from rheobase.simulate.grid import build_grid
from tests.fresh_process import in_fresh_process
from tests.simulate.neuron_oracle import run_in_neuron


def described(cell: rb.Cell, record: list[Any], **run: Any) -> dict[str, Any]:
    """The model as plain data, without anything computed by the simulator."""
    document = cell.document
    starts = np.cumsum([0, *(spec.nseg for spec in document.sections.values())])
    inserted = {m for _, m in document.insertions}
    sections = []
    for spec, start in zip(document.sections.values(), starts, strict=False):
        rows = slice(start, start + spec.nseg)
        mechanisms = {}
        for name in sorted(inserted):
            if any(spec.name in document.places.of(place) for place, m in document.insertions if m == name):
                parameters = [p.name for p in mechanism(name).parameters]
                mechanisms[name] = {p: cell.values(f"{name}.{p}")[rows].tolist() for p in parameters}
        sections.append(
            {
                "name": spec.name,
                "nseg": spec.nseg,
                "L": spec.L,
                "diam": spec.diam,
                "points": spec.points and [list(point) for point in spec.points],
                "Ra": float(cell.values("Ra")[start]),
                "cm": cell.values("cm")[rows].tolist(),
                "parent": spec.parent and [spec.parent.section, spec.parent.x],
                "child_end": spec.child_end,
                "mechanisms": mechanisms,
            }
        )
    placed = [
        {
            "type": p.mechanism,
            "section": p.section,
            "x": p.x,
            "values": p.parameters | {name: list(numbers) for name, numbers in p.process.lists().items()},
        }
        for p in cell.placements
    ]
    names = [p.name for p in cell.placements]
    connections = [
        {
            "source": [c.source.place, c.source.x, c.source.variable]
            if c.source.x is not None
            else [names.index(c.source.place)],
            "target": names.index(c.target),
            "weights": list(c.weights),
            "delay": c.delay,
            "threshold": c.threshold,
        }
        for c in document.connections.values()
    ]
    wanted = [[names.index(r.place), r.variable] if r.x is None else [r.place, r.x, r.variable] for r in record]
    second = {"implicit_euler": 0, "crank_nicolson": 2}[run.get("method", "implicit_euler")]
    defaults = {"tstop": 100, "dt": 0.025, "v_init": -65, "celsius": 6.3}
    options = defaults | {key: value for key, value in run.items() if key != "method"}
    parts = {"sections": sections, "placed": placed, "connections": connections, "record": wanted}
    return {**parts, "secondorder": second, **options}


def both(cell: rb.Cell, record: list[Any], **run: Any) -> tuple[NDArray[Any], NDArray[Any], rb.Results]:
    """The traces of Rheobase and of NEURON, each `(recordables, samples)`."""
    answer = in_fresh_process(run_in_neuron, described(cell, record, **run))
    results = rb.run(cell, record=record, **run)
    assert_same_grid(cell, answer)
    return results.values, np.array(answer["traces"]), results


def assert_same_grid(cell: rb.Cell, answer: dict[str, Any]) -> None:
    """Areas, and resistances to the parent as NEURON counts them, to 1e-9 relative."""
    specs = tuple(cell.document.sections.values())
    grid = build_grid(specs)
    expected = np.concatenate([answer["area"][spec.name] for spec in specs])
    np.testing.assert_allclose(grid.area, expected, rtol=1e-9)
    Ra = cell.values("Ra")
    resistance = Ra[grid.near_segment] * grid.near + Ra[grid.far_segment] * grid.far
    for spec in specs:
        first = grid.first[grid.index[spec.name]]
        ours = resistance[grid.node[first : first + spec.nseg]]
        np.testing.assert_allclose(ours, answer["ri"][spec.name][: spec.nseg], rtol=1e-9)


def spike_times(v: NDArray[Any], dt: float = 0.025, threshold: float = 0.0) -> NDArray[Any]:
    """Upward crossings of a threshold, by straight lines between samples, ms."""
    k = np.flatnonzero((v[:-1] < threshold) & (v[1:] >= threshold))
    return dt * (k + (threshold - v[k]) / (v[k + 1] - v[k]))


def assert_spiking_traces_agree(ours: NDArray[Any], theirs: NDArray[Any], dt: float = 0.025) -> None:
    """To 1e-3 mV away from upstrokes, and spikes within a step."""
    assert len(spike_times(ours, dt)) == len(spike_times(theirs, dt))
    np.testing.assert_allclose(spike_times(ours, dt), spike_times(theirs, dt), atol=dt)
    steep = np.abs(np.gradient(theirs, dt)) > 50
    away = ~np.convolve(steep, np.ones(41), mode="same").astype(bool)
    assert away.sum() > 0.2 * len(ours)
    np.testing.assert_allclose(ours[away], theirs[away], atol=1e-3)
