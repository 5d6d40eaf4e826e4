"""DERIVATIVE blocks by derivimplicit, and LINEAR and NONLINEAR blocks, against live NEURON from the same text."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.nmodl.compile import compile_file
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.source import Source
from tests.fresh_process import in_fresh_process
from tests.mechanisms.nmodl.clamp import compiled_by_neuron, here, in_neuron

HEAD = "NEURON {{ SUFFIX {name} NONSPECIFIC_CURRENT i RANGE p, q, seen }}\nPARAMETER {{ p = 1.5 q = 0.4 }}\n"

COUPLED = (
    HEAD.format(name="d_coupled")
    + """
ASSIGNED { v i seen }
STATE { x w z }
INITIAL { x = 0.3 w = 0.1 z = 1 }
BREAKPOINT { SOLVE st METHOD derivimplicit i = x*w }
DERIVATIVE st { LOCAL a
    a = p*exp(v/40)
    x' = a*(1 - x)*w - x
    w' = q*(x - w*w) - 0.1*w/(0.2 + z)
    seen = x*w
    z' = -z*x
}
"""
)

GATES = (
    HEAD.format(name="d_gates")
    + """
ASSIGNED { v i seen minf mtau }
STATE { m h s }
INITIAL { rates() m = minf h = 0.5 s = 0 }
BREAKPOINT { SOLVE st METHOD derivimplicit i = m*h }
DERIVATIVE st { rates() m' = (minf - m)/mtau h' = p*(1 - h) - q*h*exp(-v/30) s' = m - s/5 }
PROCEDURE rates() { minf = 1/(1 + exp(-(v + 30)/8)) mtau = 2 + 0.01*fabs(v) }
"""
)

STIFF = (
    HEAD.format(name="d_stiff")
    + """
ASSIGNED { v i seen }
STATE { c b }
INITIAL { c = 0.0001 b = 0.01 }
BREAKPOINT { SOLVE st METHOD cnexp i = 0 }
DERIVATIVE st {
    c' = p*0.001*exp(v/30) - 500*c*b + 0.5*(0.02 - b) - 3*c*c/(c*c + 1e-6)
    b' = 0.5*(0.02 - b) - 500*c*b
}
"""
)

STRAIGHT = (
    HEAD.format(name="d_linear")
    + """
ASSIGNED { v i seen }
STATE { x w z }
INITIAL { SOLVE li }
BREAKPOINT { SOLVE li i = x }
LINEAR li { LOCAL a
    a = exp(v/40)
    ~ w + p*z = 3
    ~ 2*x - w = a
    ~ x = q*z + a*w
    seen = x + w
}
"""
)

CURVED = (
    HEAD.format(name="d_nonlinear")
    + """
ASSIGNED { v i seen }
STATE { x w }
INITIAL { x = 1 w = 1 SOLVE nl }
BREAKPOINT { SOLVE nl i = x }
NONLINEAR nl {
    ~ x*x + w = 3 + p
    ~ w - x = exp(v/40)
}
"""
)

RESTING = (
    HEAD.format(name="d_resting")
    + """
ASSIGNED { v i seen }
STATE { x w }
INITIAL { x = 0.3 w = 0.2 SOLVE st STEADYSTATE derivimplicit }
BREAKPOINT { SOLVE st METHOD derivimplicit i = x }
DERIVATIVE st { x' = p*(1 - x)*w - x w' = q*(0.5 - w) + 0.1*x }
"""
)

CASES: dict[str, tuple[str, list[str]]] = {
    "d_coupled": (COUPLED, ["x", "w", "z", "seen"]),
    "d_gates": (GATES, ["m", "h", "s"]),
    "d_stiff": (STIFF, ["c", "b"]),
    "d_linear": (STRAIGHT, ["x", "w", "z"]),  # NEURON keeps `seen` of the step before
    "d_nonlinear": (CURVED, ["x", "w"]),
}
VOLTAGES = [-70.0] * 20 + [10.0] * 60 + [-40.0] * 40
DT = 0.05


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_by_neuron({name: text for name, (text, _) in CASES.items()}, tmp_path_factory.mktemp("implicit"))


@pytest.mark.neuron
@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_neuron(library: Path, name: str) -> None:
    text, record = CASES[name]
    theirs = np.array(in_fresh_process(in_neuron, library, name, record, VOLTAGES, DT, {}))[1:]
    ours = np.asarray(jax.jit(lambda: here(mechanism(text), record, VOLTAGES, DT, {}))())[1:]
    error = (np.abs(ours - theirs) / np.abs(theirs).max(axis=0)).max(axis=0)
    # NEURON stops at residuals of 1e-8.
    assert dict(zip(record, error, strict=True)) == {variable: pytest.approx(0, abs=1e-7) for variable in record}


@pytest.mark.parametrize("text", [COUPLED, STRAIGHT, CURVED])
def test_gradients_agree_with_differences(text: str) -> None:
    definition = mechanism(text)

    def traces(x: jax.Array) -> jax.Array:
        return here(definition, ["x", "w"], [-70.0] * 2 + [10.0] * 3, 0.1, {"p": x})

    forward, function = jax.jit(jax.jacfwd(traces)), jax.jit(traces)
    step = 1e-4
    differences = (function(1.5 + step) - function(1.5 - step)) / (2 * step)
    np.testing.assert_allclose(forward(1.5), differences, atol=1e-7)
    reverse = jax.jit(jax.grad(lambda x: jnp.sum(traces(x))))(1.5)
    np.testing.assert_allclose(reverse, np.sum(forward(1.5)), rtol=1e-9)


def test_a_steady_state_stands_still() -> None:
    x, w = here(mechanism(RESTING), ["x", "w"], [-70.0, -70.0, 0.0], 1.0, {}).T
    np.testing.assert_allclose(1.5 * (1 - x) * w - x, 0, atol=1e-9)
    np.testing.assert_allclose(0.4 * (0.5 - w) + 0.1 * x, 0, atol=1e-9)


def test_there_must_be_an_equation_for_each_state() -> None:
    with pytest.raises(NmodlError, match="nl has 1 equations for 2 states, x, w") as raised:
        here(mechanism(CURVED.replace("~ w - x = exp(v/40)", "")), ["x"], [-70.0, -70.0], 0.1, {})
    assert raised.value.line == 8


def mechanism(text: str) -> type[Mechanism]:
    return compile_file(parse(text, "case"), Source("nmodl", "case", text))
