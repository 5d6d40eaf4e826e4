"""Clamps one channel in live NEURON; it knows nothing of Rheobase and runs in a process of its own."""

from typing import Any


def clamp_in_neuron(library: str, case: dict[str, Any]) -> list[list[float]]:
    """The current of a channel on a soma, and the voltage there.

    **Arguments:** `library`, what nrnivmodl made; `case`, with `name`, `kind`, `current`, `celsius`, `levels`.
    """
    from neuron import h

    h.nrn_load_dll(library)
    h.load_file("stdrun.hoc")
    soma = h.Section(name="soma")
    soma.L = soma.diam = 20
    if case["kind"] == "density":
        soma.insert(case["name"])
        owner = getattr(soma(0.5), case["name"])
    else:
        owner = getattr(h, case["name"])(soma(0.5))
    for name, value in case["concentrations"].items():
        setattr(soma(0.5), name, value)
    clamp = h.SEClamp(soma(0.5))
    clamp.rs = 1e-3
    for k, (duration, level) in enumerate(case["levels"], start=1):
        setattr(clamp, f"dur{k}", duration)
        setattr(clamp, f"amp{k}", level)
    reference = getattr(owner, f"_ref_{case['current']}")
    vectors = [h.Vector().record(reference), h.Vector().record(soma(0.5)._ref_v)]
    h.celsius, h.dt, h.steps_per_ms = case["celsius"], 0.025, 40
    h.finitialize(case["levels"][0][1])
    for _ in range(round(sum(duration for duration, _ in case["levels"]) / h.dt)):
        h.fadvance()
    return [list(vector) for vector in vectors]
