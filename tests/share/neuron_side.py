"""What runs in a process of its own beside live NEURON."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def imported(path: str) -> Any:
    """A script that was written, as a module."""
    spec: Any = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def built(path: str, class_name: str, ranges: list[str]) -> dict[str, Any]:
    """Run a script; give its traces and what its sections are: areas, resistances and range variables a segment."""
    module = imported(path)
    cell = getattr(module, class_name)()
    recorded = {name: list(vector) for name, vector in module.run(cell).items()}
    return {"recorded": recorded, "sections": {name: described(sec, ranges) for name, sec in cell.sections.items()}}


def two_cells(path: str, class_name: str) -> dict[str, Any]:
    """Two cells of a script, the second moved, and driven by the spikes of the first."""
    from neuron import h

    module = imported(path)
    first, second = (getattr(module, class_name)() for _ in range(2))
    areas = [[seg.area() for sec in each.all for seg in sec] for each in (first, second)]
    at = [first.soma.x3d(0), first.soma.y3d(0), first.soma.z3d(0)]
    second.position(100, -20, 7)
    moved = [second.soma.x3d(0) - at[0], second.soma.y3d(0) - at[1], second.soma.z3d(0) - at[2]]
    areas[1] = [seg.area() for sec in second.all for seg in sec]
    nc = first.connect2target(second.syn)
    nc.weight[0], nc.delay = 0.05, 1
    clamp = h.IClamp(first.soma(0.5))
    clamp.dur, clamp.amp = 2, 10
    v = h.Vector().record(second.tip(0.5)._ref_v)
    h.finitialize(-65)
    for _ in range(400):
        h.fadvance()
    names = [str(each.soma.name()) for each in (first, second)]
    return {"names": names, "moved": moved, "areas": areas, "reached": max(v)}


def described(sec: Any, ranges: list[str]) -> dict[str, Any]:
    """A section of NEURON's as plain data."""
    from neuron import h

    parent = sec.parentseg()
    return {
        "nseg": sec.nseg,
        "Ra": sec.Ra,
        "area": [seg.area() for seg in sec],
        "ri": [seg.ri() for seg in sec],
        "parent": parent and [str(parent.sec.name()).rpartition(".")[2], parent.x],
        "child_end": int(h.section_orientation(sec=sec)),
        "values": {name: [getattr(seg, name) for seg in sec] for name in ranges if hasattr(sec(0.5), name)},
    }


def plain_tree() -> tuple[str, dict[str, Any]]:
    """Sections that belong to no class, one joined by its end, with processes."""
    from neuron import h

    import rheobase as rb

    h("usetable_hh = 0")
    soma, axon, up = (h.Section(name=name) for name in ("soma", "axon", "up"))
    dend = [h.Section(name=f"dend[{k}]") for k in range(4)]
    soma.L = soma.diam = 20
    axon.connect(soma(0))
    for k, sec in enumerate(dend):
        sec.connect(soma(1))
        sec.L, sec.diam, sec.nseg = 100 + k, 1, 3
    for point in ((0, 0, 0, 2), (0, 50, 0, 1), (0, 90, 5, 1)):
        up.pt3dadd(*point)
    up.connect(dend[0](0.5), 1)
    axon.L, axon.diam, axon.nseg = 200, 1, 3
    for sec in (soma, axon, up, *dend):
        sec.Ra = 100
    for sec in (soma, axon):
        sec.insert("hh")
    for seg, gnabar in zip(axon, (0.1, 0.2, 0.3), strict=True):
        seg.hh.gnabar = gnabar
    for sec in dend:
        sec.insert("pas")
        sec.g_pas, sec.e_pas = 2e-4, -65
    dend[2].g_pas = 3e-4
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 1, 3, 0.5
    synapse, stim = h.ExpSyn(dend[1](0.5)), h.NetStim()
    synapse.tau = 2
    stim.start, stim.number, stim.interval = 3, 2, 4
    nc = h.NetCon(stim, synapse)
    nc.weight[0], nc.delay = 1e-3, 2
    cell = rb.from_neuron(h)
    assert cell == rb.from_neuron(dend[3])
    assert not cell.history.done
    return cell.to_code(), run_all([soma, axon, up, *dend], 15)


def run_all(sections: list[Any], tstop: float) -> dict[str, Any]:
    """Run what is there and give the voltage of every section."""
    from neuron import h

    vectors = {str(sec.name()): h.Vector().record(sec(0.5)._ref_v) for sec in sections}
    h.finitialize(-65)
    for _ in range(round(tstop / h.dt)):
        h.fadvance()
    return {
        "tstop": tstop,
        "area": sum(seg.area() for sec in sections for seg in sec),
        "segments": sum(sec.nseg for sec in sections),
        "voltages": {name: list(vector) for name, vector in vectors.items()},
    }


def template() -> tuple[str, list[str], str]:
    """A hoc template with lists of sections and a synapse, beside another tree."""
    from neuron import h

    import rheobase as rb

    h(
        """begintemplate Neuron
        public soma, dend, twig, somatic, distal, all, syn
        create soma, dend[2], twig
        objref all, somatic, distal, syn
        proc init() {
            connect dend[0](0), soma(1)
            connect dend[1](0), soma(0.5)
            connect twig(0), dend[1](1)
            all = new SectionList() somatic = new SectionList() distal = new SectionList()
            soma { all.append() somatic.append() syn = new ExpSyn(0.5) syn.tau = 3 }
            dend[0] all.append()
            dend[1] { all.append() distal.append() }
            twig { all.append() distal.append() }
        }
        endtemplate Neuron"""
    )
    other = h.Section(name="other")
    first, second = h.Neuron(), h.Neuron()
    cell = rb.from_neuron(second)
    assert rb.from_neuron(second.soma) != rb.from_neuron(other)
    assert str(first) != str(second)
    return cell.to_code(), [section.name for section in cell.sections], cell.name


def with_ions() -> tuple[str, dict[str, Any]]:
    """Reversal potentials that differ from place to place."""
    from neuron import h

    import rheobase as rb

    h("usetable_hh = 0")
    soma, dend = h.Section(name="soma"), h.Section(name="dend")
    soma.L = soma.diam = 20
    dend.connect(soma(1))
    for sec in (soma, dend):
        sec.insert("hh")
        sec.ena = 55
    dend.ek = -90
    code = rb.from_neuron(soma).to_code()
    return code, run_all([soma, dend], 10)


def refusals() -> dict[str, Any]:
    """What is said of what cannot be taken over."""
    import warnings

    from neuron import h

    import rheobase as rb

    said: dict[str, Any] = {}

    def refused(key: str, source: Any) -> None:
        try:
            rb.from_neuron(source)
        except rb.ExchangeError as error:
            said[key] = str(error)

    refused("none", None)
    soma = h.Section(name="soma")
    soma.insert("fastpas")
    refused("unknown", soma)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rb.from_neuron(soma, missing="skip")
    said["skipped"] = str(caught[0].message)
    soma.uninsert("fastpas")
    other = h.Section(name="other")
    refused("two", h)
    other.nseg = 3
    other(0.5).diam = 7
    refused("diameters", other)
    odd = [h.Section(name=name) for name in ("a.soma", "dend x!", "2nd[0]", "all", "a.b.c", "c")]
    for sec in odd:
        sec.connect(soma(1))
    said["named"] = [section.name for section in rb.from_neuron(soma).sections]
    return said


def there_and_back(path: str, class_name: str) -> str:
    """The code of a cell that a script makes."""
    import rheobase as rb

    return rb.from_neuron(getattr(imported(path), class_name)()).to_code()


def all_there_and_back(paths: list[str]) -> list[tuple[str, dict[str, float], dict[str, list[float]]]]:
    """For each script the code of its cell taken back, areas by section and traces."""
    import rheobase as rb

    answers = []
    for path in paths:
        module = imported(path)
        cell = module.Random()
        code = rb.from_neuron(cell).to_code()
        recorded = {name: list(vector) for name, vector in module.run(cell).items()}
        area = {name: sum(seg.area() for seg in sec) for name, sec in cell.sections.items()}
        answers.append((code, area, recorded))
    return answers
