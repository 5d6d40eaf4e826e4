"""What the channels of the library share: gates, their temperature, and the driving forces of ions."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.exponential import expm1_ratio
from rheobase.kernel.system import Clock
from rheobase.mechanisms.ghk import ghk_current
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter

Kinetics: TypeAlias = Mapping[str, tuple[Array, Array | float]]
"""The steady state and the time constant (ms) of each gate."""


class Q10(NamedTuple):
    """How rates, or conductances, grow with temperature: by `factor` for each 10 degC above `reference` (degC)."""

    factor: float
    reference: float


class Gate(NamedTuple):
    """A gating particle. **Fields:** its `name`, the `power` at which it enters the conductance, its `q10`, if any."""

    name: str
    power: int = 1
    q10: Q10 | None = None


class Channel(Mechanism):
    """A channel of independent gates: `i = gbar m^a h^b (v - e)`, each gate `x' = (x_inf - x) / x_tau`.

    **Class attributes:** `gates`; `conductance_q10`, where the conductance depends on temperature too. The states are
    the gates.
    """

    gates: ClassVar[tuple[Gate, ...]] = ()
    conductance_q10: ClassVar[Q10 | None] = None
    observable_names = ("g",)
    units = {"g": "S/cm2"}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.states = tuple(gate.name for gate in cls.gates)

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        """Each gate's steady state and time constant, at the temperature they are published for."""
        raise NotImplementedError

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        """The driving force, mV."""
        raise NotImplementedError

    @classmethod
    def prepare(cls, p: Any, celsius: Array) -> Mapping[str, Array]:
        factors = {f"{gate.name}_q10": _growth(gate.q10, celsius) for gate in cls.gates if gate.q10}
        if cls.conductance_q10:
            factors["g_q10"] = _growth(cls.conductance_q10, celsius)
        return {"celsius": celsius, **factors}

    @classmethod
    def initial(cls, v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {name: steady for name, (steady, _) in cls.gating(v, p, ions).items()}

    @classmethod
    def derivative(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {
            name: (steady - getattr(s, name)) * (getattr(p, f"{name}_q10", 1.0) / tau)
            for name, (steady, tau) in cls.gating(v, p, ions).items()
        }

    @classmethod
    def advance(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        # As the general step does, but with all rates computed once.
        moved = {}
        for name, (steady, tau) in cls.gating(v, p, ions).items():
            x = getattr(s, name)
            moved[name] = x + (steady - x) * (1 - jnp.exp(-clock.dt * getattr(p, f"{name}_q10", 1.0) / tau))
        return moved

    @classmethod
    def currents(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        (name,) = cls.current_names
        return {name: cls.conductance(v, s, p, ions) * cls.drive(v, p, ions)}

    @classmethod
    def observables(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        (name,) = cls.observable_names
        return {name: cls.conductance(v, s, p, ions)}

    @classmethod
    def conductance(cls, v: Array, s: Any, p: Any, ions: Any) -> Array:
        """The conductance that is open, S/cm2; a permeability, cm/s, in channels that have one."""
        g = getattr(p, cls.parameters[0].name) * getattr(p, "g_q10", 1.0)
        for gate in cls.gates:
            g = g * getattr(s, gate.name) ** gate.power
        return jnp.broadcast_to(g, jnp.shape(v))


class SodiumChannel(Channel):
    """A channel whose current sodium carries."""

    ions: ClassVar[tuple[UseIon, ...]] = (UseIon("na"),)
    current_names = {"ina": "na"}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return v - ions.na.reversal


class PotassiumChannel(Channel):
    """A channel whose current potassium carries."""

    ions: ClassVar[tuple[UseIon, ...]] = (UseIon("k"),)
    current_names = {"ik": "k"}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return v - ions.k.reversal


class CalciumChannel(Channel):
    """A channel whose current calcium carries, by Ohm's law."""

    ions: ClassVar[tuple[UseIon, ...]] = (UseIon("ca"),)
    current_names = {"ica": "ca"}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return v - ions.ca.reversal


class CalciumPermeability(Channel):
    """A channel whose current calcium carries by the Goldman-Hodgkin-Katz equation: `i = pbar m^a h^b ghk(v)`."""

    ions: ClassVar[tuple[UseIon, ...]] = (UseIon("ca", reads=("inside", "outside")),)
    current_names = {"ica": "ca"}
    observable_names = ("permeability",)
    units = {"permeability": "cm/s"}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return ghk_current(v, ions.ca.inside, ions.ca.outside, 2, p.celsius)


class CationChannel(Channel):
    """A channel of several cations, with a reversal potential `e` of its own."""

    current_names = {"i": None}

    @staticmethod
    def drive(v: Array, p: Any, ions: Any) -> Array:
        return v - p.e


def gbar(default: float) -> Parameter:
    """The parameter of a channel's conductance, S/cm2."""
    return Parameter("gbar", default, "S/cm2", minimum=0, maximum=1e9, doc="maximal conductance")


def pbar(default: float) -> Parameter:
    """The parameter of a channel's permeability, cm/s."""
    return Parameter("pbar", default, "cm/s", minimum=0, maximum=1e9, doc="maximal permeability")


def rates(alpha: Array, beta: Array) -> tuple[Array, Array]:
    """Steady state and time constant of a gate that opens at `alpha` and closes at `beta` (per ms)."""
    total = 1 / (alpha + beta)
    return alpha * total, total


def boltzmann(v: Array, half: float, slope: float) -> Array:
    """`1 / (1 + exp(-(v - half) / slope))`, rising with `v` where `slope` is positive."""
    return 1 / (1 + jnp.exp((half - v) / slope))


def linoid(x: Array, width: float) -> Array:
    """`x / (exp(x / width) - 1)`, continued through `x = 0`, where it is `width`."""
    return width / expm1_ratio(x / width)


def _growth(q10: Q10, celsius: Array) -> Array:
    return q10.factor ** ((celsius - q10.reference) / 10)
