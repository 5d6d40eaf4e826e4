"""A run as a pure function: gradients, forward mode, vmap, batches, and what does not compile anew."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import advance


def ball_and_stick(nseg: int = 5) -> tuple[rb.Cell, Any, Any]:
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=300, diam=2, nseg=nseg, parent=soma(1))
    tip = cell.add_section("tip", points=[(0, 0, 0, 1), (50, 0, 0, 0.5)], nseg=3, parent=dend(0.5))
    cell.Ra = 100
    cell["soma"].insert("hh")
    cell[["dend", "tip"]].insert("pas", g=1e-4, e=-65)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    cell.place(rb.IClamp(delay=1, dur=30, amp=0.2), soma(0.5), name="ic")
    cell.place(rb.AlphaSynapse(onset=3, tau=1, gmax=0.002), tip(0.5), name="syn")
    return cell, soma, dend


def simulation(tstop: float = 8, **options: Any) -> tuple[rb.Simulation, Any]:
    cell, soma, dend = ball_and_stick()
    record = [soma(0.5).v, dend(0.9).v, soma(0.5)["ina"]]
    return rb.Simulation(cell, tstop=tstop, record=record, **options), cell


def test_function_gives_what_run_gives() -> None:
    sim, _ = simulation()
    f, params = sim.function()
    np.testing.assert_allclose(f(params), sim.run().values, atol=1e-9)


@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson"])
def test_gradients_agree_with_central_differences(method: str) -> None:
    sim, _ = simulation(method=method)
    f, params = sim.function()
    loss = jax.jit(lambda p: jnp.mean((f(p)[:2] + 60.0) ** 2))
    gradient = jax.grad(loss)(params)
    assert set(gradient) == set(params)
    varied = [
        "soma.hh.gnabar", "soma.hh.gkbar", "soma.hh.el", "all.na.reversal", "all.Ra", "all.cm", "soma.L", "dend.diam",
        "dend.pas.g.slope", "dend.pas.g.intercept", "ic.amp", "syn.gmax", "syn.tau", "celsius", "v_init",
    ]  # fmt: skip
    for name in varied:
        h = 1e-5 * max(abs(float(params[name])), 1e-3)
        up, down = (loss({**params, name: params[name] + s * h}) for s in (1, -1))
        difference = float(up - down) / (2 * h)
        scale = max(abs(difference), 1e-6)
        assert abs(float(gradient[name]) - difference) < 1e-5 * scale, name


def test_forward_mode_agrees_with_reverse() -> None:
    sim, _ = simulation()
    f, params = sim.function()
    name = "soma.hh.gkbar"
    tangent = {key: jnp.zeros_like(value) for key, value in params.items()} | {name: jnp.ones_like(params[name])}
    _, forward = jax.jvp(lambda p: jnp.mean(f(p) ** 2), (params,), (tangent,))
    reverse = jax.grad(lambda p: jnp.mean(f(p) ** 2))(params)[name]
    np.testing.assert_allclose(forward, reverse, rtol=1e-8)


def test_a_long_run_is_differentiated_in_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    sim, _ = simulation(tstop=3)
    whole = jax.grad(lambda p: jnp.mean(sim.function()[0](p) ** 2))(sim.function()[1])
    monkeypatch.setattr("rheobase.simulate.pure._REVERSE_MODE_BYTES", 1)
    parts = jax.grad(lambda p: jnp.mean(sim.function()[0](p) ** 2))(sim.function()[1])
    for name, value in whole.items():
        np.testing.assert_allclose(parts[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_vmap_and_batch_agree_with_single_runs() -> None:
    sim, _ = simulation(tstop=6)
    f, params = sim.function()
    gnabar, amp = np.array([0.08, 0.12, 0.16]), np.array([0.1, 0.2, 0.3])
    together = sim.batch({"soma.hh.gnabar": gnabar, "ic.amp": amp})
    mapped = jax.vmap(lambda g, a: f({**params, "soma.hh.gnabar": g, "ic.amp": a}))(gnabar, amp)
    assert together.shape == (3, 3, sim.samples + 1)
    np.testing.assert_allclose(together, mapped, atol=1e-9)
    alone = f({**params, "soma.hh.gnabar": jnp.asarray(0.16), "ic.amp": jnp.asarray(0.3)})
    np.testing.assert_allclose(together[2], alone, atol=1e-9)


def test_batch_varies_shape_temperature_and_single_segments() -> None:
    sim, _ = simulation(tstop=4)
    f, params = sim.function()
    slopes = {"dend.diam": np.array([1.0, 3.0]), "celsius": np.array([6.3, 16.3]), "v_init": np.array([-65.0, -70.0])}
    rows = {"dend.pas.g": np.array([[1e-4, 2e-4, 3e-4, 4e-4, 5e-4], [5e-4] * 5])}
    together = sim.batch(slopes | rows)
    for k in range(2):
        alone = f(params | {name: jnp.asarray(value[k]) for name, value in (slopes | rows).items()})
        np.testing.assert_allclose(together[k], alone, atol=1e-9)


def test_a_place_may_be_varied_however_it_was_assigned() -> None:
    sim, cell = simulation(tstop=4)
    f, params = sim.function()
    assert "dend.pas.g" not in params  # a profile: its coefficients are the parameters
    changed = f(params | {"dend.pas.g": jnp.asarray(3e-4)})
    cell["dend"].set("pas.g", 3e-4)
    np.testing.assert_allclose(changed, rb.Simulation(cell, sim.protocol).run().values, atol=1e-9)


def test_per_segment_parameters_have_one_number_each() -> None:
    sim, _ = simulation(tstop=2)
    f, params = sim.function(per="segment")
    assert params["all.Ra"].shape == (9,)
    single, scalars = sim.function()
    np.testing.assert_allclose(f(params), single(scalars), atol=1e-12)
    gradient = jax.grad(lambda p: jnp.mean(f(p) ** 2))(params)["all.cm"]
    whole = jax.grad(lambda p: jnp.mean(single(p) ** 2))(scalars)["all.cm"]
    np.testing.assert_allclose(gradient.sum(), whole, rtol=1e-9)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"soma.hh.gnabr": [0.1]}, "did you mean 'soma.hh.gnabar'"),
        ({"nowhere.Ra": [0.1]}, "no parameter"),
        ({"soma.hh.gnabar": [0.1, float("nan")]}, "not a finite number"),
        ({"soma.hh.gnabar": [0.1], "ic.amp": [1, 2]}, "equally many"),
        ({"dend.pas.g": [[1e-4, 2e-4]]}, "5 segments"),
    ],
)
def test_a_bad_batch_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    sim, _ = simulation(tstop=1)
    with pytest.raises((KeyError, ValueError), match=words):
        sim.batch(values)


def programs() -> int:
    """How many programs `advance` has been compiled to in this process."""
    size: int = advance._cache_size()  # type: ignore[attr-defined]
    return size


def test_nothing_compiles_anew_when_only_data_change() -> None:
    cell, soma, dend = ball_and_stick()
    rb.run(cell, tstop=20, record=[soma(0.5).v])
    compiled = programs()
    cell.process("ic").amp = 0.35
    cell["soma"].set("hh.gnabar", 0.2)
    rb.run(cell, tstop=7, dt=0.05, v_init=-70, celsius=10, every=2, record=[dend(0.3).v, soma(0.5)["hh.n"]])
    dend.L = 250
    cell.Ra = 140
    rb.run(cell, tstop=3, record=[dend(0.1).v])
    twin, other, _ = ball_and_stick()
    rb.run(twin, tstop=5, record=[other(0.5).v])
    assert programs() == compiled


def test_float32_stays_within_a_millivolt_of_float64_on_an_upstroke() -> None:
    sim, _ = simulation(tstop=4)
    single, _ = simulation(tstop=4, precision="float32")
    assert single.run().values.dtype == np.float32
    np.testing.assert_allclose(single.run().values[0], sim.run().values[0], atol=1.0)
