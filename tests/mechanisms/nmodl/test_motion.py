"""NMODL as a differential equation: rates, what follows at once, and which files step by themselves."""

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import pytest

import rheobase as rb
from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import Mechanism
from tests.mechanisms.motion import around, disagreements, parameters
from tests.mechanisms.nmodl.corpora import accepted
from tests.neuron.published import MODS

INSTANT = Clock(jnp.asarray(1.0), jnp.asarray(0.0))


def loaded(text: str, head: str = "NONSPECIFIC_CURRENT i") -> type[Mechanism]:
    return rb.load_mod(text=f"NEURON {{ SUFFIX moving_test {head} }} {text}", name="moving_test.mod")


@pytest.fixture(autouse=True)
def _quiet(recwarn: pytest.WarningsRecorder) -> None:
    """Each test replaces the mechanism of the one before."""


CONTINUOUS = {
    "a gate of a scheme": """
        STATE { c o } ASSIGNED { v i }
        INITIAL { c = 0.7 o = 0.3 }
        BREAKPOINT { SOLVE k METHOD sparse i = o*(v + 60) }
        KINETIC k { LOCAL a a = exp(v/40) ~ c <-> o (a, 0.4) CONSERVE c + o = 1 }""",
    "elements of arrays": """
        STATE { x[3] } ASSIGNED { v i }
        INITIAL { FROM j = 0 TO 2 { x[j] = j } }
        BREAKPOINT { SOLVE d METHOD derivimplicit i = x[0]*v*1e-3 }
        DERIVATIVE d { FROM j = 0 TO 2 { x'[j] = 1 - x[j]*(j + 1) } }""",
    "a second block under a condition": """
        PARAMETER { slow = 1 } STATE { x y } ASSIGNED { v i }
        INITIAL { x = 0.2 y = 0.4 }
        BREAKPOINT { if (slow > 0) { SOLVE one METHOD cnexp } else { SOLVE two METHOD cnexp } i = x*y*v }
        DERIVATIVE one { x' = -x/4 } DERIVATIVE two { y' = -y/3 }""",
    "what the block assigns and the current reads": """
        STATE { x } ASSIGNED { v i g }
        INITIAL { x = 0.2 g = 5 }
        BREAKPOINT { SOLVE d METHOD cnexp i = g*(v + 60) }
        DERIVATIVE d { x' = (0.7 - x)/3 g = 2*x }""",
    "what parameters alone decide": """
        PARAMETER { more = 0 } STATE { x } ASSIGNED { v i extra old q celsius }
        INITIAL { x = 0.2 }
        BREAKPOINT { SOLVE d METHOD cnexp
          if (more > 0) { extra = v }
          if (old != celsius) { old = celsius q = 3^(celsius/10) }
          i = q*x*(v + 60) + extra }
        DERIVATIVE d { x' = (0.7 - x)/3 }""",
    "algebra": """
        STATE { a b } ASSIGNED { v i }
        BREAKPOINT { SOLVE both i = a*v + b }
        LINEAR both { ~ a + b = v ~ a - b = 4 }""",
}


@pytest.mark.parametrize("text", CONTINUOUS.values(), ids=CONTINUOUS.keys())
def test_continuous(text: str) -> None:
    mechanism = loaded(text)
    assert mechanism.discrete == ""
    assert mechanism.continuous
    assert disagreements(mechanism) == {}


@pytest.mark.parametrize("name", MODS)
def test_published_channels_are_continuous(name: str) -> None:
    mechanism = rb.load_mod(text=MODS[name], name=f"{name}.mod")
    assert mechanism.continuous
    assert disagreements(mechanism) == {}


def test_what_a_current_reads_is_of_the_present() -> None:
    mechanism = loaded(CONTINUOUS["what the block assigns and the current reads"])
    states: Any = SimpleNamespace(x=jnp.asarray(0.3), g=jnp.asarray(99.0))
    p, v = parameters(mechanism, {}), jnp.asarray(-50.0)
    told = mechanism.implied(v, states, p, SimpleNamespace(), INSTANT)
    assert float(told["g"]) == pytest.approx(0.6)


CALCIUM = "USEION ca READ ica WRITE cai"


@pytest.mark.parametrize(
    "text",
    [
        "BREAKPOINT { SOLVE d METHOD cnexp cai = 2*x } DERIVATIVE d { x' = -ica - x }",
        "BREAKPOINT { SOLVE d METHOD cnexp } DERIVATIVE d { x' = -ica - x cai = 2*x }",
        "BREAKPOINT { SOLVE d METHOD sparse } KINETIC d { ~ x << (-ica - x) cai = 2*x }",
        "BREAKPOINT { SOLVE d METHOD cnexp } DERIVATIVE d { x' = -ica - x } AFTER SOLVE { cai = 2*x }",
    ],
)
def test_a_concentration_follows_from_a_state(text: str) -> None:
    mechanism = loaded(f"STATE {{ x }} ASSIGNED {{ ica cai }} INITIAL {{ x = 0.5 cai = 2*x }} {text}", CALCIUM)
    assert mechanism.discrete == ""
    p, ions, v = parameters(mechanism, {}), around(mechanism.ions), jnp.asarray(-50.0)
    s = SimpleNamespace(x=jnp.asarray(0.3))
    assert {k: float(x) for k, x in mechanism.implied(v, s, p, ions, INSTANT).items()} == {"ca.inside": 0.6}
    rates = mechanism.derivative(v, s, p, ions, INSTANT)
    assert {k: x.tolist() for k, x in rates.items()} == {"x": pytest.approx([0.002 - 0.3] * 3)}


def test_a_concentration_is_a_state() -> None:
    text = """STATE { cai } ASSIGNED { ica } INITIAL { cai = 1e-4 }
              BREAKPOINT { SOLVE d METHOD sparse } KINETIC d { COMPARTMENT 4 { cai } ~ cai << (-ica) }"""
    mechanism = loaded(text, "USEION ca READ ica, cai WRITE cai")
    p, ions = parameters(mechanism, {}), around(mechanism.ions)
    told = mechanism.derivative(jnp.zeros(3), SimpleNamespace(), p, ions, INSTANT)
    assert {k: x.tolist() for k, x in told.items()} == {"ca.inside": [0.0005] * 3}
    assert not mechanism.implied(jnp.zeros(3), SimpleNamespace(), p, ions, INSTANT)


def test_a_block_sees_the_total_of_an_ion_not_its_own_current() -> None:
    text = """STATE { x } ASSIGNED { v ica } INITIAL { x = 1 }
              BREAKPOINT { SOLVE d METHOD cnexp ica = 7*x } DERIVATIVE d { x' = -ica }"""
    mechanism = loaded(text, "USEION ca READ ica WRITE ica")
    p, ions = parameters(mechanism, {}), around(mechanism.ions)
    told = mechanism.derivative(jnp.zeros(3), SimpleNamespace(x=jnp.ones(3)), p, ions, INSTANT)
    assert told["x"].tolist() == [0.002] * 3


DISCRETE = {
    "SOLVE step steps it by itself": """
        STATE { m } ASSIGNED { v i }
        BREAKPOINT { SOLVE step i = m*v } PROCEDURE step() { m = m + 0.1*(1 - m) }""",
    "its code uses dt, in line 4": """
        STATE { m } ASSIGNED { v i dt }
        BREAKPOINT { SOLVE d METHOD cnexp i = m*v }
        DERIVATIVE d { m' = (1 - m)/(1 + dt) }""",
    "at_time": """
        PARAMETER { del = 3 } ASSIGNED { v i on }
        BREAKPOINT { if (at_time(del)) { on = 1 } i = on*v }""",
    "BREAKPOINT sets the state m, which has an equation": """
        STATE { m } ASSIGNED { v i }
        BREAKPOINT { SOLVE d METHOD cnexp if (m < 0.1) { m = 0.1 } i = m*v } DERIVATIVE d { m' = -m }""",
    "it reads seen before it computes it": """
        ASSIGNED { v i seen } BREAKPOINT { if (v > 0) { seen = 1 } i = seen*v }""",
    "diffuse along the tree": """
        STATE { m } ASSIGNED { v i }
        BREAKPOINT { SOLVE k METHOD sparse i = m*v }
        KINETIC k { COMPARTMENT 2 { m } LONGITUDINAL_DIFFUSION 3 { m } ~ m << (1) }""",
    "it draws random numbers in each step": """
        ASSIGNED { v i } BREAKPOINT { i = scop_random() }""",
}


@pytest.mark.parametrize("reason", DISCRETE)
def test_discrete(reason: str) -> None:
    mechanism = loaded(DISCRETE[reason])
    assert reason in mechanism.discrete
    assert not mechanism.continuous


def test_a_current_of_an_ions_total() -> None:
    text = "ASSIGNED { v ica } BREAKPOINT { ica = 0.1*ica + v }"
    assert "total current of ca" in loaded(text, "USEION ca READ ica WRITE ica").discrete


def test_a_procedure_that_only_notes_is_asked_once_a_step() -> None:
    text = """STATE { m } ASSIGNED { v i most } INITIAL { most = -100 m = 0 }
              BREAKPOINT { SOLVE d METHOD cnexp SOLVE note METHOD after_cvode i = m*v } DERIVATIVE d { m' = 1 - m }
              PROCEDURE note() { if (v > most) { most = v } }"""
    mechanism = loaded(text, "RANGE most NONSPECIFIC_CURRENT i")
    assert mechanism.continuous
    s = SimpleNamespace(m=jnp.zeros(2), most=jnp.asarray([-10.0, -60.0]))
    v, p, none = jnp.asarray([-30.0, -40.0]), parameters(mechanism, {}), SimpleNamespace()
    assert "most" not in mechanism.implied(v, s, p, none, INSTANT)
    noted = mechanism.after_step(v, s, p, none, INSTANT)
    assert {name: x.tolist() for name, x in noted.items()} == {"most": [-10, -40]}


def test_breaks_are_times_that_parameters_tell() -> None:
    text = """PARAMETER { del = 3 dur = 4 amp = 2 } ASSIGNED { v i last }
              INITIAL { last = 0 }
              BREAKPOINT {
                at_time(del) at_time(del + dur) at_time(v)
                if (t - 2*del < amp && t > 20) { i = amp } else { i = 0 }
              }"""
    mechanism = loaded(text)
    assert mechanism.continuous
    p = parameters(mechanism, {"del": 5.0})
    assert sorted(float(x) for x in mechanism.breaks(p)) == [5, 9, 12, 20]


@pytest.mark.slow
def test_published_files_move_as_they_step() -> None:
    discrete, wrong = {}, {}
    for file in accepted():
        if str(file) == "neuron/pattern.mod":
            continue
        mechanism = rb.load_mod(file.path)
        if not mechanism.continuous:
            discrete[str(file)] = mechanism.discrete
        # With its tauGen of 0, release.mod is as fast as 1e9/ms.
        elif found := disagreements(mechanism, **({"tauGen": 1} if file.path.name == "release.mod" else {})):
            wrong[str(file)] = found
    assert wrong == {}
    # Both step by factors that INITIAL makes of dt.
    assert set(discrete) == {"mearec/ProbAMPANMDA_EMS.mod", "mearec/ProbGABAAB_EMS.mod"}
    assert all("SOLVE state steps it by itself" in reason for reason in discrete.values())
