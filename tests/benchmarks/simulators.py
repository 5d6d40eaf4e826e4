"""The benchmark model in each simulator: a function that runs it for `tstop` ms, built once."""

from collections.abc import Callable
from typing import Any

from tests.benchmarks.models import AMP, DELAY, DT, DUR, tree

Run = Callable[[], Any]


def in_rheobase(compartments: int) -> tuple[Any, Any]:
    """The cell and its root section."""
    cell, soma = clamped_tree(compartments)
    cell["all"].insert("hh")
    return cell, soma


def clamped_tree(compartments: int) -> tuple[Any, Any]:
    """The tree without channels but with its electrode, and its root section."""
    import rheobase as rb

    cell = rb.Cell("benchmark")
    sections: list[Any] = []
    for k, branch in enumerate(tree(compartments)):
        parent = sections[branch.parent](1) if k else None
        name = "soma" if k == 0 else f"dend[{k - 1}]"
        sections.append(cell.add_section(name, L=branch.length, diam=branch.diam, nseg=branch.ncomp, parent=parent))
    cell.Ra = 100
    cell.place(rb.IClamp(delay=DELAY, dur=DUR, amp=AMP), sections[0](0.5))
    return cell, sections[0]


def rheobase_run(compartments: int, tstop: float) -> Run:
    """The kernel's own loop, as NEURON's is timed: neither assembles the model nor makes tables of results."""
    import numpy as np

    import rheobase as rb
    from rheobase.kernel import CHUNK, advance, initialise

    cell, soma = in_rheobase(compartments)
    sim = rb.Simulation(cell, tstop=tstop, record=[soma(0.5).v])
    assembly, probes = sim.assembly, sim.recording.probes
    params = assembly.normalised({})
    system, dt = assembly.system(params), np.asarray(DT)
    state, _ = initialise(assembly.program, system, probes, assembly.voltages(params), dt)

    def run() -> Any:
        now = state
        for done in range(0, sim.samples, CHUNK):
            count = min(CHUNK, sim.samples - done)
            now, samples = advance(assembly.program, system, probes, now, done, count, 1, dt)
        return np.asarray(samples)

    return run


def neuron_run(compartments: int, tstop: float, tables: bool) -> Run:
    """NEURON at a fixed step, recording one voltage."""
    from neuron import h

    h.load_file("stdrun.hoc")
    sections: list[Any] = []
    for k, branch in enumerate(tree(compartments)):
        section = h.Section(name=f"s{k}")
        section.L, section.diam, section.nseg, section.Ra = branch.length, branch.diam, branch.ncomp, 100
        if k:
            section.connect(sections[branch.parent](1))
        section.insert("hh")
        sections.append(section)
    clamp = h.IClamp(sections[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = DELAY, DUR, AMP
    voltage = h.Vector().record(sections[0](0.5)._ref_v)
    h.dt, h.steps_per_ms = DT, 1 / DT
    steps = round(tstop / DT)

    def run() -> Any:
        h.usetable_hh = int(tables)
        h.finitialize(-65)
        h.continuerun(steps * DT)
        return sections, clamp, voltage

    return run


def arbor_run(compartments: int, tstop: float) -> Run:
    """Arbor on one thread, recording one voltage."""
    import arbor
    from arbor import units

    segments = arbor.segment_tree()
    ends: list[tuple[int, float, float]] = []  # of each branch: its segment, and where it ends
    for k, branch in enumerate(tree(compartments)):
        parent, x, y = ends[branch.parent] if k else (arbor.mnpos, 0.0, 0.0)
        stop = x + branch.length, y + k
        r = branch.diam / 2
        ends.append((segments.append(parent, arbor.mpoint(x, y, 0, r), arbor.mpoint(*stop, 0, r), tag=1), *stop))
    clamp = arbor.i_clamp(DELAY * units.ms, DUR * units.ms, AMP * units.nA)
    decor = arbor.decor().paint("(all)", arbor.density("hh")).place("(location 0 0)", clamp)
    decor.set_property(
        Vm=-65 * units.mV, tempK=279.45 * units.Kelvin, rL=100 * units.Ohm * units.cm, cm=0.01 * units.F / units.m2
    )
    policy = arbor.cv_policy_single() if compartments == 1 else arbor.cv_policy_max_extent(10.001 * units.um)
    model = arbor.single_cell_model(arbor.cable_cell(arbor.morphology(segments), decor, arbor.label_dict(), policy))
    model.properties.catalogue = arbor.default_catalogue()
    model.probe("voltage", "(location 0 0)", "v", frequency=1 / DT * units.kHz)
    return lambda: model.run(tstop * units.ms, DT * units.ms)


def jaxley_run(compartments: int, tstop: float) -> Run:
    """Jaxley's integrate under jit, recording one voltage."""
    import jax
    import jaxley as jx
    from jaxley.channels import HH

    jax.config.update("jax_enable_x64", True)
    branches = tree(compartments)
    parts = [jx.Branch(jx.Compartment(), ncomp=branch.ncomp) for branch in branches]
    cell = jx.Cell(parts, parents=[branch.parent for branch in branches])
    for k, branch in enumerate(branches):
        cell.branch(k).set("length", branch.length / branch.ncomp)
        cell.branch(k).set("radius", branch.diam / 2)
    cell.set("axial_resistivity", 100.0)
    cell.insert(HH())
    current = jx.step_current(i_delay=DELAY, i_dur=DUR, i_amp=AMP, delta_t=DT, t_max=tstop)
    cell.branch(0).comp(0).stimulate(current)
    cell.branch(0).comp(0).record(verbose=False)
    run = jax.jit(lambda: jx.integrate(cell, delta_t=DT))
    return lambda: run().block_until_ready()
