"""Mechanisms written twice: as NMODL for NEURON, and as Python classes. One file a mechanism, named as it is."""

from typing import Any

import jax.numpy as jnp

from rheobase.mechanisms import Mechanism, Parameter, PointProcess, UseIon
from rheobase.mechanisms.ghk import ghk_current

FARADAY = 96485.3321233100184

MODS: dict[str, str] = {}


class CalciumPool(Mechanism):
    """A shell that calcium enters by its current and leaves with a time constant."""

    name = "tcapool"
    parameters = (Parameter("depth", 0.1, "um"), Parameter("tau", 5.0, "ms"), Parameter("rest", 1e-4, "mM"))
    ions = (UseIon("ca", reads=("current", "inside"), writes=("inside",)),)

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.inside": p.rest}

    @staticmethod
    def advance(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        target = p.rest - p.tau * 1e4 * ions.ca.current / (2 * FARADAY * p.depth)
        return {"ca.inside": target + (ions.ca.inside - target) * jnp.exp(-clock.dt / p.tau)}


MODS["tcapool"] = """
NEURON { SUFFIX tcapool USEION ca READ ica, cai WRITE cai RANGE depth, tau, rest }
UNITS { FARADAY = (faraday) (coulomb) }
PARAMETER { depth = 0.1 tau = 5 rest = 1e-4 }
ASSIGNED { ica }
STATE { cai }
INITIAL { cai = rest }
BREAKPOINT { SOLVE s METHOD cnexp }
DERIVATIVE s { cai' = -(1e4)*ica/(2*FARADAY*depth) - (cai - rest)/tau }
"""


class CalciumChannel(Mechanism):
    """An ohmic calcium current with one gate."""

    name = "tcal"
    parameters = (Parameter("g", 1e-3, "S/cm2", minimum=0),)
    states = ("m",)
    ions = (UseIon("ca", reads=("reversal",), writes=("current",)),)
    current_names = {"ica": "ca"}  # noqa: RUF012  a mechanism's class is its definition

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"m": 1 / (1 + jnp.exp(-(v + 20) / 8))}

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ica": p.g * s.m * s.m * (v - ions.ca.reversal)}

    @staticmethod
    def derivative(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"m": (1 / (1 + jnp.exp(-(v + 20) / 8)) - s.m) / 1.5}


MODS["tcal"] = """
NEURON { SUFFIX tcal USEION ca READ eca WRITE ica RANGE g }
PARAMETER { g = 1e-3 }
ASSIGNED { v eca ica }
STATE { m }
INITIAL { m = 1/(1 + exp(-(v + 20)/8)) }
BREAKPOINT { SOLVE s METHOD cnexp ica = g*m*m*(v - eca) }
DERIVATIVE s { m' = (1/(1 + exp(-(v + 20)/8)) - m)/1.5 }
"""


class CalciumPermeability(Mechanism):
    """A calcium current through a constant field."""

    name = "tghk"
    parameters = (Parameter("perm", 1e-5, "cm/s", minimum=0),)
    ions = (UseIon("ca", reads=("inside", "outside"), writes=("current",)),)
    current_names = {"ica": "ca"}  # noqa: RUF012

    @staticmethod
    def prepare(p: Any, celsius: Any) -> Any:
        return {"celsius": celsius}

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        gate = 1 / (1 + jnp.exp(-(v + 30) / 6))
        return {"ica": p.perm * gate * ghk_current(v, ions.ca.inside, ions.ca.outside, 2, p.celsius)}


MODS["tghk"] = """
NEURON { SUFFIX tghk USEION ca READ cai, cao WRITE ica RANGE perm }
PARAMETER { perm = 1e-5 }
ASSIGNED { v cai cao ica celsius }
BREAKPOINT { ica = perm/(1 + exp(-(v + 30)/6))*nrn_ghk(v, cai, cao, 2) }
"""


class CalciumGated(Mechanism):
    """A potassium conductance that calcium inside opens."""

    name = "tsk"
    parameters = (Parameter("g", 2e-3, "S/cm2", minimum=0),)
    states = ("q",)
    ions = (UseIon("k"), UseIon("ca", reads=("inside",), writes=()))
    current_names = {"ik": "k"}  # noqa: RUF012

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"q": ions.ca.inside / (ions.ca.inside + 5e-4)}

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ik": p.g * s.q * (v - ions.k.reversal)}

    @staticmethod
    def derivative(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"q": (ions.ca.inside / (ions.ca.inside + 5e-4) - s.q) / 3}


MODS["tsk"] = """
NEURON { SUFFIX tsk USEION k READ ek WRITE ik USEION ca READ cai RANGE g }
PARAMETER { g = 2e-3 }
ASSIGNED { v ek ik cai }
STATE { q }
INITIAL { q = cai/(cai + 5e-4) }
BREAKPOINT { SOLVE s METHOD cnexp ik = g*q*(v - ek) }
DERIVATIVE s { q' = (cai/(cai + 5e-4) - q)/3 }
"""


class CalciumSynapse(PointProcess):
    """A conductance at a point, part of whose current is calcium's."""

    name = "TCaSyn"
    parameters = (Parameter("onset", 2.0, "ms"), Parameter("g", 1e-3, "uS", minimum=0))
    ions = (UseIon("ca"),)
    current_names = {"i": None, "ica": "ca"}  # noqa: RUF012

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        open_ = jnp.where(clock.t > p.onset, jnp.exp(-(clock.t - p.onset) / 5), 0.0)
        return {"i": 0.9 * p.g * open_ * v, "ica": 0.1 * p.g * open_ * (v - ions.ca.reversal)}


MODS["TCaSyn"] = """
NEURON { POINT_PROCESS TCaSyn USEION ca READ eca WRITE ica NONSPECIFIC_CURRENT i RANGE onset, g }
PARAMETER { onset = 2 g = 1e-3 }
ASSIGNED { v eca ica i o }
BREAKPOINT {
  o = 0
  if (t > onset) { o = exp(-(t - onset)/5) }
  i = 0.9*g*o*v
  ica = 0.1*g*o*(v - eca)
}
"""


class Exchanger(Mechanism):
    """A pump of three sodium ions out for two potassium ions in, which also keeps count of sodium inside."""

    name = "tpump"
    parameters = (Parameter("imax", 0.01, "mA/cm2"), Parameter("depth", 0.05, "um"))
    carried = ("rate",)
    states = ("rate",)
    ions = (
        UseIon("na", reads=("inside", "current"), writes=("inside", "current")),
        UseIon("k", reads=(), writes=("current",)),
    )
    current_names = {"ina": "na", "ik": "k"}  # noqa: RUF012

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"na.inside": 12.0, "rate": 0.0}

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        rate = p.imax / (1 + (15 / ions.na.inside) ** 3)
        return {"ina": 3 * rate, "ik": -2 * rate, "rate": rate}

    @staticmethod
    def advance(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"na.inside": ions.na.inside - clock.dt * 1e4 * ions.na.current / (FARADAY * p.depth)}


MODS["tpump"] = """
NEURON { SUFFIX tpump USEION na READ nai, ina WRITE nai, ina USEION k WRITE ik RANGE imax, depth, rate }
UNITS { FARADAY = (faraday) (coulomb) }
PARAMETER { imax = 0.01 depth = 0.05 }
ASSIGNED { ina ik rate }
STATE { nai }
INITIAL { nai = 12 rate = 0 }
BREAKPOINT {
  SOLVE s METHOD cnexp
  rate = imax/(1 + (15/nai)^3)
  ina = 3*rate
  ik = -2*rate
}
DERIVATIVE s { nai' = -(1e4)*ina/(FARADAY*depth) }
"""


class Chloride(Mechanism):
    """An ion that NEURON doesn't know, of negative charge: its reversal potential is Nernst's."""

    name = "tcl"
    parameters = (Parameter("g", 3e-4, "S/cm2"),)
    ions = (UseIon("cl", reads=("reversal", "inside"), valence=-1),)
    current_names = {"icl": "cl"}  # noqa: RUF012

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"icl": p.g * (v - ions.cl.reversal)}


MODS["tcl"] = """
NEURON { SUFFIX tcl USEION cl READ ecl, cli WRITE icl VALENCE -1 RANGE g, see }
PARAMETER { g = 3e-4 }
ASSIGNED { v ecl icl cli see }
BREAKPOINT { see = cli icl = g*(v - ecl) }
"""


class Tracer(Mechanism):
    """Something that enters at a steady rate and diffuses along the tree."""

    name = "tdif"
    parameters = (Parameter("D", 1.0, "um2/ms"), Parameter("k", 0.0, "mM/ms"))
    states = ("c",)
    diffusing = ("c",)
    geometry = ("diam",)

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"c": 0.0}

    @staticmethod
    def derivative(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"c": p.k + 0 * s.c}

    @staticmethod
    def diffusion(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        across = jnp.pi * p.diam * p.diam / 4
        return {"c": (p.D * across, across)}


MODS["tdif"] = """
NEURON { SUFFIX tdif RANGE D, k, c }
UNITS { PI = (pi) (1) }
PARAMETER { D = 1 k = 0 diam }
STATE { c }
INITIAL { c = 0 }
BREAKPOINT { SOLVE s METHOD sparse }
KINETIC s {
  COMPARTMENT PI*diam*diam/4 { c }
  LONGITUDINAL_DIFFUSION D*PI*diam*diam/4 { c }
  ~ c << (k*PI*diam*diam/4)
}
"""


class CalciumSpread(Mechanism):
    """Calcium that enters by its current and diffuses along the tree."""

    name = "tdifca"
    parameters = (Parameter("D", 0.6, "um2/ms"),)
    diffusing = ("ca.inside",)
    ions = (UseIon("ca", reads=("current", "inside"), writes=("inside",)),)
    geometry = ("diam",)

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.inside": 1e-4}

    @staticmethod
    def advance(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.inside": ions.ca.inside - clock.dt * 4e4 * ions.ca.current / (2 * FARADAY * p.diam)}

    @staticmethod
    def diffusion(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        across = jnp.pi * p.diam * p.diam / 4
        return {"ca.inside": (p.D * across, across)}


MODS["tdifca"] = """
NEURON { SUFFIX tdifca USEION ca READ ica, cai WRITE cai RANGE D }
UNITS { FARADAY = (faraday) (coulomb) PI = (pi) (1) }
PARAMETER { D = 0.6 diam }
ASSIGNED { ica }
STATE { cai }
INITIAL { cai = 1e-4 }
BREAKPOINT { SOLVE s METHOD sparse }
KINETIC s {
  COMPARTMENT PI*diam*diam/4 { cai }
  LONGITUDINAL_DIFFUSION D*PI*diam*diam/4 { cai }
  ~ cai << (-ica*PI*diam*(1e4)/(2*FARADAY))
}
"""

MECHANISMS: tuple[type[Mechanism], ...] = (
    CalciumPool,
    CalciumChannel,
    CalciumPermeability,
    CalciumGated,
    CalciumSynapse,
    Exchanger,
    Chloride,
    Tracer,
    CalciumSpread,
)
