"""One mechanism under voltage clamp in NEURON: run as a process of its own, with the case as JSON on standard input.

Writes the recorded arrays as `.npz` to the path that the case names.
"""

import json
import sys
from typing import Any

import numpy as np


def main() -> None:
    """Run the case."""
    case = json.load(sys.stdin)
    from neuron import h

    if not hasattr(h, case["name"]):  # NEURON refuses to load what it has built in
        h.nrn_load_dll(case["library"])
    h.load_file("stdrun.hoc")
    soma = h.Section(name="soma")
    soma.L = soma.diam = 20
    soma.nseg = 1
    mechanism = None
    if case["kind"] == "density":
        soma.insert(case["name"])
        owner = getattr(soma(0.5), case["name"])
    else:
        mechanism = getattr(h, case["name"])(soma(0.5))
        owner = mechanism
    for name in case["tables_off"]:
        setattr(h, name, 0)
    for name, value in case["parameters"].items():
        setattr(owner, name, value)
    for name in case["pointers"]:
        h.setpointer(soma(0.5)._ref_v, name, owner)
    keep = []
    if case["events"]:
        stim = h.NetStim()
        stim.start, stim.number, stim.interval, stim.noise = case["events"]["start"], case["events"]["number"], 7.0, 0
        connection = h.NetCon(stim, mechanism)
        connection.delay = 1.0
        for k, weight in enumerate(case["events"]["weights"]):
            connection.weight[k] = weight
        keep += [stim, connection]
    clamp = h.SEClamp(soma(0.5))
    clamp.rs = case["rs"]
    clamp.dur1, clamp.dur2, clamp.dur3 = case["durations"]
    clamp.amp1 = clamp.amp3 = case["hold"]
    vectors = {}
    for name in case["record"]:
        source = owner if name in case["own"] else soma(0.5)
        base, _, index = name.partition("[")
        found = getattr(source, f"_ref_{base}")
        vectors[name] = h.Vector().record(found[int(index[:-1])] if index else found)
    vectors["clamp"] = h.Vector().record(clamp._ref_i)
    vectors["v"] = h.Vector().record(soma(0.5)._ref_v)
    out: dict[str, Any] = {}
    for celsius in case["celsius"]:
        for level in case["levels"]:
            h.celsius = celsius
            clamp.amp2 = level
            h.dt = case["dt"]
            h.steps_per_ms = 1 / h.dt
            h.tstop = sum(case["durations"])
            h.finitialize(case["hold"])
            while h.t < h.tstop - h.dt / 2:
                h.fadvance()
            for name, vector in vectors.items():
                out[f"{name}|{celsius:g}|{level:g}"] = np.array(vector)
    np.savez(case["out"], **out)


if __name__ == "__main__":
    main()
