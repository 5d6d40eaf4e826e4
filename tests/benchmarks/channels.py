"""A cortical membrane of ten published channels and a calcium pool, from their .mod files: here and in NEURON.

The files are those that the package MEArec carries (Hay et al. 2011, PLoS Comput Biol 7:e1002107); NEURON runs its
own compilation of the same files. Tables play no part: the files have none.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import copy
from time import perf_counter
from typing import Any

from tests.benchmarks.models import AMP, DELAY, DT, DUR, tree
from tests.benchmarks.simulators import clamped_tree
from tests.benchmarks.timing import best_of
from tests.fresh_process import in_fresh_process
from tests.mechanisms.nmodl.corpora import published

MECHANISMS = (
    "CaDynamics_E2", "Ca_HVA", "Ca_LVAst", "Ih", "Im", "K_Pst", "K_Tst", "Nap_Et2", "NaTa_t", "SK_E2", "SKv3_1",
)  # fmt: skip
CONDUCTANCES = {
    "gCa_HVAbar_Ca_HVA": 1e-4, "gCa_LVAstbar_Ca_LVAst": 1e-3, "gIhbar_Ih": 2e-4, "gImbar_Im": 1e-4,
    "gK_Pstbar_K_Pst": 2e-3, "gK_Tstbar_K_Tst": 1e-2, "gNap_Et2bar_Nap_Et2": 1e-3, "gNaTa_tbar_NaTa_t": 1.0,
    "gSK_E2bar_SK_E2": 1e-2, "gSKv3_1bar_SKv3_1": 0.5,
}  # fmt: skip
SIZES = (1, 50, 300)
TSTOP = 50.0  # ms


def report() -> Iterator[str]:
    """Tell microseconds a step, and seconds from the files to a first trace, in a first process and a second."""
    library = str(neuron_library())
    yield "| compartments | Rheobase, us | NEURON, us | ratio |"
    yield "| ---: | ---: | ---: | ---: |"
    for size in SIZES:
        ours, theirs = in_fresh_process(our_step, size), in_fresh_process(their_step, size, library)
        yield f"| {size} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RHEOBASE_CACHE"] = folder
        yield ""
        yield "| process | translate, s | assemble, compile and run 50 ms, s |"
        yield "| --- | ---: | ---: |"
        for process in ("first", "second"):
            translated, first = in_fresh_process(start, 300)
            yield f"| {process} | {translated:.2f} | {first:.2f} |"
        del os.environ["RHEOBASE_CACHE"]


@cache
def files() -> dict[str, Path]:
    """The files by mechanism."""
    return {file.path.stem: file.path for file in published() if file.package == "mearec"}


def cell(compartments: int) -> tuple[Any, Any]:
    """The cell and its root section."""
    import rheobase as rb

    made, soma = clamped_tree(compartments)
    for name in MECHANISMS:
        given = {key.removesuffix(f"_{name}"): value for key, value in CONDUCTANCES.items() if key.endswith(f"_{name}")}
        made["all"].insert(rb.load_mod(files()[name]), **given)
    made["all"].insert("pas", g=3e-5, e=-75)
    made.set_ion("na", reversal=50)
    made.set_ion("k", reversal=-85)
    return made, soma


def our_step(compartments: int) -> float:
    """Microseconds a step of the kernel's own loop."""
    import numpy as np

    import rheobase as rb
    from rheobase.kernel import CHUNK, advance, initialise

    model, soma = cell(compartments)
    sim = rb.Simulation(model, tstop=TSTOP, celsius=34, v_init=-75, record=[soma(0.5).v])
    assembly, probes = sim.assembly, sim.recording.probes
    params = assembly.normalised({})
    system, dt = assembly.system(params), np.asarray(DT)
    state, _ = initialise(assembly.program, system, probes, assembly.voltages(params), dt)
    assert sim.samples <= CHUNK

    def run() -> Any:
        return np.asarray(advance(assembly.program, system, probes, state, 0, sim.samples, 1, dt)[1])

    return best_of(run, repeats=9) / sim.samples * 1e6


def their_step(compartments: int, library: str) -> float:
    """Microseconds a step of NEURON's."""
    from neuron import h

    h.nrn_load_dll(library)
    h.load_file("stdrun.hoc")
    sections: list[Any] = []
    for k, branch in enumerate(tree(compartments)):
        section = h.Section(name=f"s{k}")
        section.L, section.diam, section.nseg, section.Ra = branch.length, branch.diam, branch.ncomp, 100
        if k:
            section.connect(sections[branch.parent](1))
        for name in (*MECHANISMS, "pas"):
            section.insert(name)
        for name, value in {**CONDUCTANCES, "g_pas": 3e-5, "e_pas": -75, "ena": 50, "ek": -85}.items():
            for segment in section:
                setattr(segment, name, value)
        sections.append(section)
    clamp = h.IClamp(sections[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = DELAY, DUR, AMP
    voltage = h.Vector().record(sections[0](0.5)._ref_v)
    h.dt, h.steps_per_ms, h.celsius = DT, 1 / DT, 34

    def run() -> Any:
        h.finitialize(-75)
        h.continuerun(TSTOP)
        return voltage

    return best_of(run, repeats=9) / (TSTOP / DT) * 1e6


def start(compartments: int) -> tuple[float, float]:
    """Seconds to translate the files, and from there to the end of a first run."""
    import rheobase as rb

    began = perf_counter()
    for name in MECHANISMS:
        rb.load_mod(files()[name])
    translated = perf_counter()
    model, soma = cell(compartments)
    rb.run(model, tstop=TSTOP, celsius=34, v_init=-75, record=[soma(0.5).v])
    return translated - began, perf_counter() - translated


def neuron_library() -> Path:
    """NEURON's compilation of the files."""
    folder = Path(tempfile.gettempdir()) / "rheobase-benchmark-channels"
    if not list(folder.glob("*/libnrnmech.so")):
        folder.mkdir(exist_ok=True)
        for name in MECHANISMS:
            copy(files()[name], folder)
        command = Path(sys.executable).with_name("nrnivmodl")
        subprocess.run([command, "."], cwd=folder, check=True, capture_output=True, env=_with_scripts_first())
    return next(folder.glob("*/libnrnmech.so"))


def _with_scripts_first() -> dict[str, str]:
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
