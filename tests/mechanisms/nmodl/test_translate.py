"""Density mechanisms against live NEURON from the same text, and their derivatives."""

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.nmodl.compile import compile_file
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.source import Source
from tests.fresh_process import in_fresh_process
from tests.mechanisms.nmodl.clamp import compiled_by_neuron, here, in_neuron

# Two gates, the second of which follows the first; scratch in GLOBAL and file LOCAL; a guard; rates that use celsius.
SODIUM = """
TITLE a sodium channel
NEURON { SUFFIX d_na USEION na READ ena WRITE ina RANGE gbar, vh, k, m_inf, tadj GLOBAL q10 }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0.01 (S/cm2) <0, 1e9> vh = -35 (mV) k = 7 (mV) q10 = 2.3 celsius (degC) ena (mV) }
ASSIGNED { v (mV) ina (mA/cm2) g (S/cm2) m_inf m_tau (ms) h_inf h_tau (ms) tadj }
STATE { m h }
LOCAL q, early
INITIAL { tadj = q10^((celsius - 22)/10) rates(v) m = m_inf h = h_inf }
BREAKPOINT { SOLVE states METHOD cnexp g = gbar*m^3*h ina = g*(v - ena) }
DERIVATIVE states {
  rates(v)
  m' = (m_inf - m)/m_tau
  h' = (h_inf - h)/h_tau + 0.1*(m - h)*m
}
PROCEDURE rates(u (mV)) { LOCAL a, b
  TABLE m_inf, m_tau, h_inf, h_tau DEPEND celsius, vh, k FROM -120 TO 60 WITH 200
  UNITSOFF
  q = tadj
  a = 0.4*linoid(u - vh, k)   b = 0.3*linoid(-(u - vh), k)
  m_tau = 1/((a + b)*q)  m_inf = a/(a + b)
  early = 1/(1 + exp((u + 60)/6))
  h_inf = early  h_tau = (2 + 10/(1 + exp((u + 40)/5)))/q
  UNITSON
}
FUNCTION linoid(x, y) {
  if (fabs(x/y) < 1e-4) { linoid = y*(1 + x/y/2) } else { linoid = x/(1 - exp(-x/y)) }
}
"""

# A hand-written update with dt, in a PROCEDURE, whose expression is a GLOBAL of a previous call.
BY_HAND = """
NEURON { SUFFIX d_hand USEION k READ ek WRITE ik RANGE gbar, tau0, calls GLOBAL inf, fac }
PARAMETER { gbar = 0.002 tau0 = 3 dt v ek inf fac }
ASSIGNED { ik calls }
STATE { n }
INITIAL { settle() n = inf calls = 0 }
BREAKPOINT { SOLVE states ik = gbar*n^4*(v - ek) }
PROCEDURE settle() { inf = 1/(1 + exp(-(v + 30)/9)) fac = 1 - exp(-dt/(tau0 + 2*exp(-((v + 30)/40)^2))) }
PROCEDURE states() { settle() n = n + fac*(inf - n) calls = calls + 1 }
"""

# Rates by an array and a loop; a gate that is not linear in itself by runge, two by euler.
ARRAYS = """
DEFINE N 4
NEURON { SUFFIX d_arrays NONSPECIFIC_CURRENT i RANGE g, e, w, total }
PARAMETER { g = 0.001 e = -50 w = 0.3 }
ASSIGNED { v i a[N] total }
STATE { s u r }
INITIAL { fill(v) s = a[0] u = a[1] r = 0.2 }
BREAKPOINT { SOLVE gates METHOD euler fill(v) i = g*(s + total*u)*r*(v - e) }
PROCEDURE fill(u) { LOCAL j
  total = 0
  j = N - 1
  FROM i = 0 TO N-1 { a[i] = w*(i + 1)/(1 + exp(-(u + 20*i)/10)) total = total + a[i] }
  WHILE (j > 0) { total = total + a[j]*0.01 j = j - 1 }
}
DERIVATIVE gates {
  fill(v)
  s' = (a[0] - s)/5
  u' = (a[3] - u*s)/8
  r' = 0.1*(1 - r)
}
"""

RUNGE = """
NEURON { SUFFIX d_runge NONSPECIFIC_CURRENT i RANGE g, p }
PARAMETER { g = 0.001 p = 0.4 }
ASSIGNED { v i }
STATE { x z }
INITIAL { x = 0.1 z = 0 }
BREAKPOINT { SOLVE moves METHOD runge i = g*x*(v + 50) + 0.001*z }
DERIVATIVE moves { x' = p*x*(1 - x) - z*exp(v/60) z' = 0.2*(x - z*z) }
"""

# Calcium: the constant-field current, its own pool, and what a current keeps from step to step.
CALCIUM = """
NEURON { SUFFIX d_ca USEION ca READ cai, cao WRITE ica, cai RANGE p, decay, peak }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (mM) = (milli/liter) FARADAY = (faraday) (coulomb)
  R = (k-mole) (joule/degC) }
PARAMETER { p = 2e-5 (cm/s) decay = 20 (ms) celsius (degC) }
ASSIGNED { v (mV) ica (mA/cm2) cao (mM) peak }
STATE { m cai (mM) }
INITIAL { m = act(v) peak = 0 }
BREAKPOINT { SOLVE states METHOD cnexp
  ica = p*m*m*field(v, cai, cao)
  if (fabs(ica) > peak) { peak = fabs(ica) }
}
DERIVATIVE states { m' = (act(v) - m)/2 cai' = -ica*0.05 - (cai - 5e-5)/decay }
FUNCTION act(u (mV)) { act = 1/(1 + exp(-(u + 25)/6)) }
FUNCTION field(u (mV), ci (mM), co (mM)) { LOCAL z
  z = 1e-3*2*FARADAY*u/(R*(celsius + 273.15))
  field = 1e-3*2*FARADAY*(ci*efun(-z) - co*efun(z))
}
FUNCTION efun(z) { if (fabs(z) < 1e-4) { efun = 1 - z/2 } else { efun = z/(exp(z) - 1) } }
"""

TEXTS = {"d_na": SODIUM, "d_hand": BY_HAND, "d_arrays": ARRAYS, "d_runge": RUNGE, "d_ca": CALCIUM}
RECORDED = {
    "d_na": ["m", "h", "ina", "m_inf", "tadj"],
    "d_hand": ["n", "ik", "calls"],
    "d_arrays": ["s", "u", "r", "i"],
    "d_runge": ["x", "z", "i"],
    "d_ca": ["m", "cai", "ica"],
}
VOLTAGES = [-80.0] * 5 + [-35.0] * 60 + [0.0] * 40 + [40.0] * 20 + [-100.0] * 40
DT = 0.025


def compiled(name: str) -> type[Mechanism]:
    return compile_file(parse(TEXTS[name], name), Source("nmodl", name, TEXTS[name]))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("neuron")
    # Tables are NEURON's to leave out; here none is used unless asked for.
    texts = {name: re.sub(r"\bTABLE .*", "", text) for name, text in TEXTS.items()}
    return compiled_by_neuron(texts, tmp_path_factory.mktemp("translate"))


@pytest.mark.neuron
@pytest.mark.parametrize("name", TEXTS)
def test_states_and_currents_are_neurons(name: str, library: Path) -> None:
    theirs = np.array(in_fresh_process(in_neuron, library, name, RECORDED[name], VOLTAGES, DT, {}))
    ours = np.asarray(here(compiled(name), RECORDED[name], VOLTAGES, DT, {}))
    gap = np.abs(ours[1:] - theirs[1:]).max(axis=0) / np.abs(theirs).max(axis=0)
    assert gap.max() < 1e-9


@pytest.mark.parametrize("name", TEXTS)
def test_derivatives_by_every_range_parameter(name: str) -> None:
    mechanism = compiled(name)
    steps = VOLTAGES[:140:2]
    current = next(iter(mechanism.current_names))
    record = [current, *(s for s in mechanism.states if " " not in s)]
    peaks = np.abs(here(mechanism, record, steps, DT, {})).max(axis=0) + 1e-30
    names = [p.name for p in mechanism.parameters if p.scope == "range"]

    @jax.jit
    def total(x: dict[str, jax.Array]) -> jax.Array:
        return jnp.sum(here(mechanism, record, steps, DT, x) / peaks)

    x = {name: jnp.asarray(mechanism.parameter(name).default) for name in names}
    slopes = jax.jit(jax.grad(total))(x)
    for key in names:
        h = 1e-5 * abs(x[key])
        centred = (total({**x, key: x[key] + h}) - total({**x, key: x[key] - h})) / (2 * h)
        assert float(slopes[key] * x[key]) == pytest.approx(float(centred * x[key]), rel=1e-4, abs=1e-6)


def test_only_what_may_be_read_before_it_is_written_is_carried() -> None:
    sodium = compiled("d_na")
    # tadj is set by INITIAL from parameters and temperature alone: it is computed once, and carried nowhere.
    assert sodium.states == ("m", "h")
    assert set(sodium.observable_names) == {"m_inf", "tadj"}
    hand = compiled("d_hand")
    assert hand.carried == ("calls",)
    calcium = compiled("d_ca")
    assert calcium.carried == ("peak", "ica kept")
    assert calcium.states == ("m", "peak", "ica kept")
    assert compiled("d_arrays").carried == ()


def test_what_parameters_fix_is_computed_once() -> None:
    translation = compiled("d_na").translation  # type: ignore[attr-defined]
    kept = [repr(value) for value in translation.context.hoisted]
    assert any("power(parameter('q10'), " in text for text in kept)


def test_parameters_have_neurons_six_digits_scopes_and_limits() -> None:
    sodium = compiled("d_na")
    gbar = sodium.parameter("gbar")
    assert (gbar.minimum, gbar.maximum, gbar.unit, gbar.scope) == (0, 1e9, "S/cm2", "range")
    assert sodium.parameter("q10").scope == "global"
    assert [p.name for p in sodium.parameters] == ["gbar", "vh", "k", "q10"]
    text = "NEURON { SUFFIX x RANGE a } PARAMETER { a = 15.87301587302 }"
    assert compile_file(parse(text), Source("nmodl", "x", text)).parameters[0].default == 15.873


def test_a_table_leaves_a_run_in_single_precision_as_it_is() -> None:
    text = """NEURON { SUFFIX tabled NONSPECIFIC_CURRENT i }
        PARAMETER { g = 1e-4  e = -50 }  ASSIGNED { v i minf }  STATE { m }
        BREAKPOINT { SOLVE states METHOD cnexp  i = g*m*(v - e) }  INITIAL { rates(v) m = minf }
        DERIVATIVE states { rates(v) m' = (minf - m)/5 }
        PROCEDURE rates(v) { TABLE minf FROM -100 TO 100 WITH 200  minf = 1/(1 + exp(-(v + 40)/9)) }"""
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert(rb.load_mod(text=text, name="tabled"))
    single, double = (rb.run(cell, tstop=5, record=[soma(0.5).v], precision=p) for p in ("float32", "float64"))
    np.testing.assert_allclose(single.values, double.values, atol=1e-3)
