"""A fit that every simulator is timed on: ten parameters of a pyramidal cell from three steps of current.

Channels are Hodgkin and Huxley's in all of them. What is to be found was run by NEURON; the error is the mean square of
the difference of the soma's voltage, in units of `SCALE`, summed over the protocols.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DT, TSTOP, EVERY = 0.025, 40.0, 4  # ms, ms, steps between the samples that are compared
DELAY, DUR = 5.0, 30.0  # ms
AMPS = (-0.3, 0.3, 0.8)  # nA
SCALE = 5.0  # mV
REACH = 3.0  # bounds are this factor below and above the truth


class Part(NamedTuple):
    """An unbranched part: its name, that of its parent, where it begins there, length and diameter in um, segments."""

    name: str
    parent: str
    begins: float
    length: float
    diam: float
    nseg: int


class Sought(NamedTuple):
    """A parameter that is sought: the part, NEURON's name of it, and its true value."""

    part: str
    name: str
    value: float


PARTS = (
    Part("soma", "", 0, 20, 20, 1),
    Part("apical", "soma", 1, 300, 3, 15),
    Part("tuft1", "apical", 1, 100, 1.5, 5),
    Part("tuft2", "apical", 1, 100, 1.5, 5),
    Part("basal1", "soma", 0, 120, 2, 6),
    Part("basal2", "soma", 0, 120, 2, 6),
    Part("axon", "soma", 0, 200, 1.5, 10),
)
FIXED = {"gnabar": 0.03, "gkbar": 0.01, "gl": 0.0003, "el": -60.0}  # of the tufts and basal dendrites
SOUGHT = (
    Sought("soma", "gnabar", 0.15),
    Sought("soma", "gkbar", 0.045),
    Sought("soma", "gl", 0.0004),
    Sought("apical", "gnabar", 0.06),
    Sought("apical", "gkbar", 0.02),
    Sought("apical", "gl", 0.0002),
    Sought("axon", "gnabar", 0.2),
    Sought("axon", "gkbar", 0.05),
    Sought("axon", "gl", 0.0005),
    Sought("basal1", "gl", 0.0004),
)
TRUTH = np.array([each.value for each in SOUGHT])
START = TRUTH * np.array([0.5, 1.8, 0.6, 1.7, 0.5, 2.0, 0.6, 1.6, 0.5, 1.8])


def bounds() -> tuple[Floats, Floats]:
    """The lower and the upper ones."""
    return TRUTH / REACH, TRUTH * REACH


def error(found: list[Floats], wanted: list[Floats]) -> float:
    """What is minimised: each a voltage, sampled every `EVERY` steps."""
    return float(sum(np.mean(((v - w) / SCALE) ** 2) for v, w in zip(found, wanted, strict=True)))


class InNeuron:
    """The cell in NEURON, with the rates of its channels from tables, as its users leave it, or exact."""

    def __init__(self, tables: bool) -> None:
        from neuron import h

        h.load_file("stdrun.hoc")
        self._h = h
        self._sections: dict[str, Any] = {}
        for part in PARTS:
            section = h.Section(name=part.name)
            section.L, section.diam, section.nseg, section.Ra = part.length, part.diam, part.nseg, 100
            if part.parent:
                section.connect(self._sections[part.parent](part.begins))
            section.insert("hh")
            for name, value in FIXED.items():
                setattr(section, f"{name}_hh", value)
            self._sections[part.name] = section
        soma = self._sections["soma"](0.5)
        self._clamp = h.IClamp(soma)
        self._clamp.delay, self._clamp.dur = DELAY, DUR
        self._voltage = h.Vector().record(soma._ref_v, EVERY * DT)
        h.dt, h.steps_per_ms = DT, 1 / DT
        h.usetable_hh = int(tables)

    def traces(self, values: Floats) -> list[Floats]:
        """The voltages under each step."""
        h = self._h
        for sought, value in zip(SOUGHT, values, strict=True):
            setattr(self._sections[sought.part], f"{sought.name}_hh", float(value))
        found = []
        for amp in AMPS:
            self._clamp.amp = amp
            h.finitialize(-65)
            h.continuerun(TSTOP)
            found.append(np.array(self._voltage))
        return found


def in_rheobase(wanted: list[Floats]) -> Any:
    """The fit in Rheobase."""
    import rheobase as rb

    cell = rb.Cell("pyramidal")
    sections: dict[str, Any] = {}
    for part in PARTS:
        parent = sections[part.parent](part.begins) if part.parent else None
        sections[part.name] = cell.add_section(
            part.name, L=part.length, diam=part.diam, nseg=part.nseg, parent=parent
        ).insert("hh", **FIXED)
    cell.Ra = 100
    for sought, value in zip(SOUGHT, START, strict=True):
        sections[sought.part].insert("hh", **{sought.name: value})
    fit = rb.Fit(cell, "pyramidal")
    for sought, low, high in zip(SOUGHT, *bounds(), strict=True):
        name = f"{sought.part}.hh.{sought.name}"
        fit.vary(name, low, high, log=True, name=name.replace(".hh.", "_"))
    t = EVERY * DT * np.arange(len(wanted[0]))
    for amp, v in zip(AMPS, wanted, strict=True):
        clamp = rb.IClamp(delay=DELAY, dur=DUR, amp=amp)
        run = fit.add_run(f"{amp:g} nA", stimulus=clamp, at=sections["soma"](0.5), tstop=TSTOP)
        run.match(sections["soma"](0.5).v, rb.Trace(time=t, value=v, unit="mV"), scale=SCALE)
    return fit


class InJaxley:
    """The cell in Jaxley, with the same channel written for it, and its gradient."""

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp
        import jaxley as jx

        jax.config.update("jax_enable_x64", True)
        names = [part.name for part in PARTS]
        parts = [jx.Branch(jx.Compartment(), ncomp=part.nseg) for part in PARTS]
        cell = jx.Cell(parts, parents=[names.index(part.parent) if part.parent else -1 for part in PARTS])
        for k, part in enumerate(PARTS):
            cell.branch(k).set("length", part.length / part.nseg)
            cell.branch(k).set("radius", part.diam / 2)
        cell.set("axial_resistivity", 100.0)
        cell.set("v", -65.0)
        cell.insert(_squid())
        for name, value in FIXED.items():
            cell.set(f"squid_{name}", value)
        cell.branch(0).comp(0).record(verbose=False)
        cell.init_states(DT)
        for sought in SOUGHT:
            cell.branch(names.index(sought.part)).make_trainable(f"squid_{sought.name}", sought.value, verbose=False)
        current = jnp.stack([jx.step_current(DELAY, DUR, amp, DT, TSTOP) for amp in AMPS])
        keys = [next(iter(each)) for each in cell.get_parameters()]

        def traces(values: Any) -> Any:
            params = [{key: value[None]} for key, value in zip(keys, values, strict=True)]

            def one(amps: Any) -> Any:
                stimuli = cell.branch(0).comp(0).data_stimulate(amps, None)
                # One step a segment short of the square root, as its tutorial on long runs has it.
                levels = [41, 41]
                return jx.integrate(cell, params=params, data_stimuli=stimuli, delta_t=DT, checkpoint_lengths=levels)[
                    0, ::EVERY
                ]

            return jax.vmap(one)(current)

        self.traces = jax.jit(traces)

        def loss(values: Any, wanted: Any) -> Any:
            return jnp.mean(((traces(values) - wanted) / SCALE) ** 2, axis=1).sum()

        self.loss = loss
        self.losses = jax.jit(jax.vmap(loss, in_axes=(0, None)))


def _squid() -> Any:
    """Hodgkin and Huxley's channels, as NEURON has them at 6.3 degrees."""
    import jax.numpy as jnp
    from jaxley.channels import Channel

    def ratio(x: Any, scale: float) -> Any:
        y = x / scale
        near = jnp.abs(y) < 1e-6
        safe = jnp.where(near, 1.0, y)
        return jnp.where(near, scale * (1 - y / 2), scale * safe / jnp.expm1(safe))

    def rates(v: Any) -> dict[str, tuple[Any, Any]]:
        return {
            "m": (0.1 * ratio(-(v + 40), 10.0), 4 * jnp.exp(-(v + 65) / 18)),
            "h": (0.07 * jnp.exp(-(v + 65) / 20), 1 / (jnp.exp(-(v + 35) / 10) + 1)),
            "n": (0.01 * ratio(-(v + 55), 10.0), 0.125 * jnp.exp(-(v + 65) / 80)),
        }

    class Squid(Channel):  # type: ignore[misc]  # Jaxley is without types
        def __init__(self) -> None:
            self.current_is_in_mA_per_cm2 = True
            super().__init__("squid")
            self.channel_params = {f"squid_{name}": value for name, value in FIXED.items()}
            self.channel_states = {f"squid_{name}": 0.1 for name in "mhn"}
            self.current_name = "i_squid"

        def update_states(self, states: Any, dt: Any, v: Any, params: Any) -> Any:
            found = {}
            for name, (alpha, beta) in rates(v).items():
                decay = jnp.exp(-dt * (alpha + beta))
                rest = alpha / (alpha + beta)
                found[f"squid_{name}"] = rest + (states[f"squid_{name}"] - rest) * decay
            return found

        def compute_current(self, states: Any, v: Any, params: Any) -> Any:
            m, h, n = (states[f"squid_{name}"] for name in "mhn")
            sodium = params["squid_gnabar"] * m**3 * h * (v - 50)
            potassium = params["squid_gkbar"] * n**4 * (v + 77)
            return sodium + potassium + params["squid_gl"] * (v - params["squid_el"])

        def init_state(self, states: Any, v: Any, params: Any, delta_t: Any) -> Any:
            return {f"squid_{name}": alpha / (alpha + beta) for name, (alpha, beta) in rates(v).items()}

    return Squid()
