"""KINETIC blocks against live NEURON from the same text, their derivatives, and what they refuse."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.nmodl.compile import compile_file
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.kinetic import conserved
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.source import Source
from tests.fresh_process import in_fresh_process
from tests.mechanisms.nmodl.clamp import compiled_by_neuron, here, in_neuron

CHANNEL = """
NEURON { SUFFIX k_chain NONSPECIFIC_CURRENT i RANGE g, a0, b0, jo }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { g = 0.01 (S/cm2) a0 = 2 (/ms) b0 = 0.5 (/ms) }
ASSIGNED { v (mV) i (mA/cm2) jo (/ms) a (/ms) b (/ms) }
STATE { c1 c2 o inact }
INITIAL { rates(v) SOLVE scheme STEADYSTATE sparse }
BREAKPOINT { SOLVE scheme METHOD sparse i = g*o*(v + 80) }
KINETIC scheme {
    rates(v)
    ~ c1 <-> c2 (2*a, b)
    ~ c2 <-> o (a, 2*b)
    jo = f_flux - b_flux
    ~ o <-> inact (0.3, 0.02)
    ~ inact <-> c1 (0.01, 0.002*exp(v/40))
    CONSERVE c1 + c2 + o + inact = 1
}
PROCEDURE rates(v (mV)) { a = a0*exp((v + 20)/25) b = b0*exp(-(v + 20)/30) }
"""

SHELLS = """
NEURON { SUFFIX k_shells USEION ca READ cao, cai, ica WRITE cai, ica RANGE k, buf, pmp, jp }
DEFINE N 4
UNITS { (mV) = (millivolt) (mA) = (milliamp) (mM) = (milli/liter) (um) = (micron)
  FARADAY = (faraday) (10000 coulomb) PI = (pi) (1) }
PARAMETER { k = 0.6 buf = 0.05 (mM) pmp = 0.001 }
ASSIGNED { v (mV) ica (mA/cm2) cai (mM) cao (mM) diam (um) jp vol[N] fr[N] }
STATE { ca[N] (mM) <1e-7> b[N] (mM) cb[N] (mM) pump pumpca }
LOCAL d
INITIAL {
    fill()
    FROM i = 0 TO N-1 { ca[i] = cai b[i] = buf/(1 + ca[i]/0.001) cb[i] = buf - b[i] }
    pump = pmp pumpca = 0
    ica = 0
}
BREAKPOINT { SOLVE state METHOD sparse ica = -0.0005*(v + 70)/70 }
PROCEDURE fill() { FROM i = 0 TO N-1 { vol[i] = (N - i)*0.25 fr[i] = 1 + i } }
KINETIC state {
    COMPARTMENT i, diam*diam*vol[i] { ca b cb }
    COMPARTMENT 10*diam { pump pumpca }
    ~ ca[0] << (-ica*PI*diam/(2*FARADAY))
    FROM i = 0 TO N-2 { ~ ca[i] <-> ca[i+1] (k*fr[i]*diam, k*fr[i]*diam) }
    d = diam*diam
    FROM i = 0 TO N-1 { ~ ca[i] + b[i] <-> cb[i] (100*d*vol[i], 0.1*d*vol[i]) }
    ~ ca[0] + pump <-> pumpca (50*diam, 0.05*diam)
    ~ pumpca <-> pump + cao (0.1*diam, 0.00001*diam)
    CONSERVE pump + pumpca = pmp*10*diam
    jp = b_flux
    cai = ca[0]
}
"""

ODDS = """
NEURON { SUFFIX k_odds NONSPECIFIC_CURRENT i RANGE r, s, seen }
PARAMETER { r = 1 s = 0.4 }
ASSIGNED { v i seen }
STATE { a b c d e h w[2] }
INITIAL { a = 1 b = 0.2 c = 0.3 d = 0.1 e = 0 w[0] = 1 }
BREAKPOINT { SOLVE st METHOD sparse i = 0 }
KINETIC st { LOCAL q
    q = r*(1 + exp(-v/50))
    ~ 2 a <-> b (q, s)
    ~ a + b <-> 3 c (0.7, 0.2)
    ~ d -> (0.5 + a)
    ~ e << (d*0.3)
    ~ w[0] <-> w[1] ((1 + e), 2)
    seen = f_flux
    ~ w[0] <-> h (1, 0.5)
    CONSERVE w[0] + w[1] + h = 1 + 0.1*r
}
"""

OLD_RATES = """
NEURON { SUFFIX k_old NONSPECIFIC_CURRENT i RANGE r }
PARAMETER { r = 1 }
ASSIGNED { v i }
STATE { a b c }
INITIAL { a = 1 b = 0.5 c = 0.2 }
BREAKPOINT { SOLVE st METHOD sparse i = 0 }
KINETIC st {
    ~ a <-> b (r*c, 2)
    ~ c <-> b (a*exp(v/60), 1)
    ~ a << (-0.2*b)
}
"""

EXPLICIT = """
NEURON { SUFFIX k_explicit NONSPECIFIC_CURRENT i RANGE r }
PARAMETER { r = 1 }
ASSIGNED { v i }
STATE { a b[2] }
INITIAL { a = 1 }
BREAKPOINT { SOLVE st METHOD euler i = 0 }
KINETIC st {
    COMPARTMENT 2 { a }
    ~ a <-> b[0] (r, 2)
    ~ b[0] + a <-> b[1] (exp(v/60), 1)
}
"""

CASES: dict[str, tuple[str, list[str], dict[str, float]]] = {
    "k_chain": (CHANNEL, ["c1", "c2", "o", "inact", "i"], {"a0": 1.3}),
    "k_shells": (
        SHELLS,
        [*(f"{x}[{k}]" for x in ("ca", "b", "cb") for k in range(4)), "pump", "pumpca", "cai", "jp"],
        {},
    ),
    "k_odds": (ODDS, ["a", "b", "c", "d", "e", "h", "w[0]", "w[1]", "seen"], {"r": 2.0}),
    "k_old": (OLD_RATES, ["a", "b", "c"], {}),
    "k_explicit": (EXPLICIT, ["a", "b[0]", "b[1]"], {"r": 0.7}),
}
VOLTAGES = [-70.0] * 20 + [10.0] * 60 + [-40.0] * 40
DT = 0.05


CONDITIONAL = """
NEURON { SUFFIX k_if NONSPECIFIC_CURRENT i }
ASSIGNED { v i }
STATE { a b }
INITIAL { a = 1 }
BREAKPOINT { SOLVE st METHOD sparse i = 0 }
KINETIC st { IF (v > -20) { ~ a <-> b (1, sqrt(v + 20)) } ELSE { ~ a -> (2) } }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_by_neuron({name: text for name, (text, _, _) in CASES.items()}, tmp_path_factory.mktemp("kinetic"))


@pytest.mark.neuron
@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_neuron(library: Path, name: str) -> None:
    text, record, values = CASES[name]
    theirs = np.array(in_fresh_process(in_neuron, library, name, record, VOLTAGES, DT, values))[1:]
    ours = np.asarray(jax.jit(lambda: here(mechanism(text), record, VOLTAGES, DT, values))())[1:]
    peak = np.abs(theirs).max(axis=0) + 1e-30
    error = (np.abs(ours - theirs) / peak).max(axis=0)
    assert dict(zip(record, error, strict=True)) == {variable: pytest.approx(0, abs=1e-11) for variable in record}


@pytest.mark.parametrize(
    ("text", "parameter"), [(CHANNEL, "a0"), (CHANNEL, "b0"), (SHELLS, "k"), (SHELLS, "buf"), (ODDS, "r")]
)
def test_gradients_agree_with_differences(text: str, parameter: str) -> None:
    definition = mechanism(text)
    default = definition.parameter(parameter).default

    def traces(x: jax.Array) -> jax.Array:
        return here(definition, list(definition.states)[:3], [-70.0] * 3 + [10.0] * 5, 0.1, {parameter: x})

    forward, function = jax.jit(jax.jacfwd(traces)), jax.jit(traces)
    step = 1e-4 * default
    differences = (function(default + step) - function(default - step)) / (2 * step)
    size = np.abs(differences).max(axis=0) + 1e-12
    np.testing.assert_allclose(forward(jnp.asarray(default)) / size, differences / size, atol=1e-5)

    def summary(x: jax.Array) -> jax.Array:
        return jnp.sum(traces(x) / size)

    reverse = jax.jit(jax.grad(summary))(jnp.asarray(default))
    np.testing.assert_allclose(reverse, np.sum(forward(jnp.asarray(default)) / size), rtol=1e-9)


def test_reactions_under_a_condition_happen_where_it_holds() -> None:
    definition = mechanism(CONDITIONAL)
    a, b = here(definition, ["a", "b"], [-70.0, -70.0, 5.0], 0.1, {})[1:].T
    np.testing.assert_allclose(a[0], 1 / 1.2, rtol=1e-14)
    rest = np.linalg.solve([[1.1, -0.5], [-0.1, 1.5]], [1 / 1.2, 0])
    np.testing.assert_allclose([a[1], b[1]], rest, rtol=1e-12)
    voltage = jax.grad(lambda v: here(definition, ["a"], [-70.0, v], 0.1, {})[1, 0])(-70.0)
    assert voltage == 0


def test_a_conserved_sum_replaces_the_scalar_that_it_mentions_last() -> None:
    c, d, o, e = ((1, key) for key in "cdoe")
    f = (1, "f[0]")
    assert conserved([(o, c, d)]) == {"d": 0}
    assert conserved([(o, c, d), (o, e, d)]) == {"d": 1, "c": 0}
    assert conserved([(o, e, d), (o, d), (c, d)]) == {"d": 2, "o": 1, "e": 0}
    assert conserved([(o, f)]) == {"o": 0}


@pytest.mark.parametrize(
    ("reaction", "message"),
    [
        ("~ x <-> b (1, 2)", "x is an array"),
        ("~ x[2] <-> b (1, 2)", "x has 2 elements, from 0 to 1"),
        ("~ x[v] <-> b (1, 2)", "which element of x reacts must be known"),
    ],
)
def test_errors_say_where_and_what(reaction: str, message: str) -> None:
    text = CONDITIONAL.replace("STATE { a b }", "STATE { a b x[2] }").replace("~ a -> (2)", reaction)
    with pytest.raises(NmodlError, match=message) as raised:
        here(mechanism(text), ["a"], [-70.0, -70.0], 0.1, {})
    assert raised.value.line == 7


def mechanism(text: str) -> type[Mechanism]:
    return compile_file(parse(text, "case"), Source("nmodl", "case", text))
