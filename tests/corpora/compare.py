"""A mechanism from an NMODL file here and in NEURON compiled from the same file, under one protocol."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import rheobase as rb
from rheobase.mechanisms.nmodl.load import assigned_pointers

# Off the round numbers at which many files have a removable singularity: there rounding alone decides.
LEVELS = (-100.0, -79.7, -59.3, -39.1, -20.9, -0.7, 19.9, 40.0)
CELSIUS = (6.3, 34.0)
DURATIONS = (5.0, 20.0, 5.0)
HOLD = -70.0
DT = 0.025
RS = 1e-3
_NOTHING = 1e-9  # mA/cm2 or nA; less is rounding


class NotCompared(ValueError):
    """Why a file that was loaded is not compared."""


@dataclass(frozen=True)
class Figures:
    """How far two runs lie apart.

    **Fields:** the mechanism's `name`; `worst`, by variable, the largest difference by NEURON's largest value.
    """

    name: str
    worst: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest of all; NaN counts as infinite."""
        return max((e if np.isfinite(e) else np.inf for e in self.worst.values()), default=np.inf)


def compare(path: Path, library: Path | None) -> Figures:
    """Load a file here, run it in both, and tell how far apart they lie.

    **Arguments:** `library`: the shared library that nrnivmodl made of the same file.
    """
    definition = rb.load_mod(path)
    if definition.kind == "artificial":
        raise NotCompared("has no membrane: its events are compared elsewhere")
    if assigned_pointers(definition):
        raise NotCompared("loads here; it changes what its pointers point to, which Rheobase does not")
    if library is None:
        raise NotCompared("loads here; the C++ that NEURON makes of it does not compile")
    states = [name for name in definition.states if name not in definition.carried]
    parameters = {
        p.name: 1e-3
        for p in definition.parameters
        if p.scope == "range" and p.default == 0 and re.match(r"^(g|p).*(bar|max)$|^g$|^gbar$", p.name, re.IGNORECASE)
    }
    currents = dict(definition.current_names)
    own = [*states, *(name for name, ion in currents.items() if ion is None)]
    ionic = sorted({f"i{ion}" for ion in currents.values() if ion is not None})
    written = sorted(
        f"{use.name}{end}"
        for use in definition.ions
        for what, end in (("inside", "i"), ("outside", "o"))
        if what in use.writes
    )
    own = [name for name in own if name not in written and name.partition("[")[0].isidentifier()]
    events = None
    if definition.kind == "point" and definition.receives:
        count = max(1, len(definition.weights))
        events = {"start": 7.0, "number": 3, "weights": [1e-3] + [0.0] * (count - 1)}
    if events:
        # At an event NEURON's current and the sample's lie on different sides; the clamp tells of both.
        own, ionic = [name for name in own if name not in currents], []
    record = [*own, *ionic, *written]
    tabled = re.search(r"^\s*TABLE\b", path.read_text("utf-8", "replace"), re.MULTILINE)
    case = {
        "library": str(library),
        "kind": definition.kind,
        "name": definition.name,
        # In the place of a file that is called hh, NEURON runs its own, which has tables.
        "tables_off": [f"usetable_{definition.name}"] if tabled or definition.name == "hh" else [],
        "parameters": parameters,
        "events": events,
        "pointers": definition.pointers,
        "rs": RS,
        "durations": DURATIONS,
        "hold": HOLD,
        "record": record,
        "own": own,
        "celsius": CELSIUS,
        "levels": LEVELS,
        "dt": DT,
    }
    theirs = neuron_side(case)
    ours = our_side(definition, case)
    worst = {}
    for name, family in ours.items():
        if name not in theirs:
            continue
        a, b = family, theirs[name]
        if name in ionic or name in currents or name == "clamp":
            # NEURON keeps a current from the start of the step, Rheobase gives it at the sample.
            a, b = (a[:, 1:], b[:, 1:]) if name == "clamp" else (a[:, 1:-1], b[:, 2:])
        scale = max(np.max(np.abs(b)), _NOTHING if name in ionic or name in currents else 0.0)
        gap = np.max(np.abs(a - b))
        worst[name] = float(gap / scale) if scale > 0 else float(gap)
    return Figures(definition.name, worst)


def neuron_side(case: dict[str, Any]) -> dict[str, np.ndarray]:
    """The families as NEURON has them, `(conditions, samples)` by variable."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.npz")
        done = subprocess.run(
            # A process for each case: NEURON's mechanisms last as long as it.
            [sys.executable, str(Path(__file__).with_name("neuron_side.py"))],
            input=json.dumps({**case, "out": out}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=folder,
            env={**os.environ, "NEURON_MODULE_OPTIONS": "-nogui"},
        )
        if done.returncode or not Path(out).exists():
            raise RuntimeError(f"NEURON: {done.stderr.strip().splitlines()[-1:]}{done.stdout[-500:]}")
        arrays = dict(np.load(out))
    keys = [f"{c:g}|{level:g}" for c in case["celsius"] for level in case["levels"]]
    names = {key.split("|")[0] for key in arrays}
    return {name: np.array([arrays[f"{name}|{key}"] for key in keys]) for name in names}


def our_side(definition: Any, case: dict[str, Any]) -> dict[str, np.ndarray]:
    """The same families here."""
    cell = rb.Cell("one")
    soma = cell.add_section("soma", L=20, diam=20)
    if case["kind"] == "density":
        cell["soma"].insert(definition, **case["parameters"])
        owner: Any = None
    else:
        owner = cell.place(definition(**case["parameters"]), soma(0.5), name="subject")
    for name in case["pointers"]:
        subject = "subject" if owner is not None else f"soma.{definition.name}"
        cell.bind(f"{subject}.{name}", soma(0.5).v)
    if case["events"]:
        stim = rb.NetStim(start=case["events"]["start"], number=case["events"]["number"], interval=7.0, noise=0)
        rb.connect(stim, owner, weight=case["events"]["weights"][0], delay=1.0)
    d1, d2, d3 = case["durations"]
    clamp = cell.place(
        rb.SEClamp(dur1=d1, amp1=case["hold"], dur2=d2, amp2=0, dur3=d3, amp3=case["hold"], rs=case["rs"]),
        soma(0.5),
        name="clamp",
    )
    names, recorded = [], []
    for name in case["record"]:
        names.append(name)
        if name not in case["own"]:
            recorded.append(soma(0.5)[name])
        else:
            recorded.append(owner[name] if owner is not None else soma(0.5)[f"{definition.name}.{name}"])
    sim = rb.Simulation(
        cell,
        tstop=sum(case["durations"]),
        dt=case["dt"],
        v_init=case["hold"],
        record=[*recorded, soma(0.5).v, clamp.i],
    )
    conditions = [(c, level) for c in case["celsius"] for level in case["levels"]]
    out = sim.batch({"celsius": [c for c, _ in conditions], "clamp.amp2": [float(level) for _, level in conditions]})
    return dict(zip([*names, "v", "clamp"], np.moveaxis(out, 1, 0), strict=True))
