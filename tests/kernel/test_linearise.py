"""The Jacobian of a model, against differentiation of all of its rates at once."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel.linearise import admittance, linearise, solve
from rheobase.kernel.membrane import initial_state, prepare
from rheobase.kernel.rates import rates
from rheobase.kernel.system import Clock
from rheobase.kernel.unknowns import unknowns_of

CLOCK = Clock(jnp.asarray(1.0), jnp.asarray(0.025))


@pytest.fixture(scope="module")
def model() -> tuple[Any, ...]:
    """Channels that share calcium, a kinetic scheme, two synapses on one segment and an electrode."""
    cell = rb.Cell("mixed")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=5, parent=soma(1))
    dend.insert("pas")
    for name in ("hh", "cal_inoue", "ca_decay", "sk_kohler", "hcn_kole"):
        soma.insert(name)
    cell.place(rb.NMDA(), dend(0.5))
    cell.place(rb.Exp2Syn(), dend(0.5))
    cell.place(rb.SEClamp(dur1=10, amp1=-60), dend(1))
    assembly = rb.Simulation(cell, tstop=1).assembly
    params = assembly.normalised({})
    system = prepare(assembly.program, jax.tree.map(jnp.asarray, assembly.system(params)))
    v = jnp.asarray(assembly.voltages(params))
    state = initial_state(assembly.program, system, v, CLOCK)
    spread = 5 * np.sin(np.arange(len(v)))
    state = state._replace(
        v=v + jnp.asarray(spread), mechanisms=jax.tree.map(lambda x: x + 0.01 * jnp.cos(x), state.mechanisms)
    )
    return assembly.program, system, state, unknowns_of(assembly.program, system, state), assembly.grid.count


@pytest.mark.parametrize("shift", [40.0, 0.5, 0.3 + 2j])
def test_a_solution_satisfies_the_system_of_all_rates(model: tuple[Any, ...], shift: complex) -> None:
    program, system, state, unknowns, count = model
    linear = linearise(program, system, state, CLOCK)
    rng = np.random.default_rng(1)
    rhs = rng.normal(size=unknowns.size)
    rhs[count : len(state.v)] = 0
    x = solve(program, system, linear, jnp.asarray(shift), unknowns.unpack_rates(jnp.asarray(rhs, complex)))
    packed = unknowns.pack_rates(x)

    def all_rates(y: Any) -> Any:
        return unknowns.pack_rates(rates(program, system, unknowns.unpack(y, state), CLOCK))

    y = unknowns.pack(state)
    real, imaginary = (jax.jvp(all_rates, (y,), (part,))[1] for part in (packed.real, packed.imag))
    mass = jnp.concatenate([system.capacitance, jnp.ones(unknowns.size - len(state.v))])
    left = shift * mass * packed - (real + 1j * imaginary)
    there = np.asarray(jnp.isfinite(packed)) & (np.abs(np.asarray(packed)) > 0)
    assert there.sum() > 0.5 * len(there)
    scale = np.abs(shift * np.asarray(mass * packed)) + np.abs(rhs) + 1
    assert np.abs((np.asarray(left) - rhs) / scale)[there].max() < 1e-10


def test_rates_of_the_linearised_model_are_those_of_the_model(model: tuple[Any, ...]) -> None:
    program, system, state, unknowns, _ = model
    linear = linearise(program, system, state, CLOCK)
    told = unknowns.pack_rates(rates(program, system, state, CLOCK))
    np.testing.assert_array_equal(unknowns.pack_rates(linear.rates), told)


def test_what_is_held_leaves_the_slope_of_currents_alone(model: tuple[Any, ...]) -> None:
    program, system, state, _, _ = model
    linear = linearise(program, system, state, CLOCK)
    shift = jnp.asarray([1.0, 1e6])
    active = np.asarray(admittance(program, system, linear, shift))
    frozen = np.asarray(admittance(program, system, linear, shift, frozen=True))
    there = frozen[:, 1] != 0
    assert np.abs(active[there, 0] / frozen[there, 0] - 1).max() > 0.01
    # States have no time to follow what is fast.
    np.testing.assert_allclose(active[there, 1], frozen[there, 1], rtol=1e-6)
