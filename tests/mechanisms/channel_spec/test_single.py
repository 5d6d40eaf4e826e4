"""Counted channels: their mean, their variance, their repeatability. Seeds are fixed, so nothing here is by chance."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Clock
from rheobase.mechanisms.channel_spec import single
from rheobase.mechanisms.channel_spec.curves import Bath
from rheobase.mechanisms.channel_spec.expansion import expansion
from tests.mechanisms.channel_spec.channels import potassium, sodium, three_states

BATH = Bath(celsius=20.0)
STEP = [(2.0, -80.0), (6.0, 0.0)]


def counted(spec: rb.ChannelSpec) -> rb.ChannelSpec:
    spec.put_field("kind", "point")
    spec.put_field("single_channels", True)
    return spec


def test_particles_expand_into_their_scheme() -> None:
    scheme = expansion(sodium().channel)
    assert len(scheme.names) == 8
    assert len(scheme.moves) == 20  # 2 x 3 x 2 of m, 4 x 2 of h
    leaving = sorted((m.times, m.way) for m in scheme.moves if scheme.names[m.source] == "m1h0" and m.pair == "m")
    assert leaving == [(1, "beta"), (2, "alpha")]


def test_without_number_the_expanded_scheme_is_the_product_of_its_particles() -> None:
    spec = sodium()
    found = spec.simulate_channels(0, STEP, celsius=20.0)
    exact = spec.clamp(levels=[0.0], holding=-80.0, before=2.0, duration=6.0, celsius=20.0, samples=320)
    np.testing.assert_allclose(found.t[:320], exact.t, atol=1e-12)
    np.testing.assert_allclose(found.open[0, :320], exact.open[0], atol=1e-12)
    m, h = (spec.rates([0.0], 20.0)[f"{gate}inf"].iloc[0] for gate in "mh")
    longer = spec.simulate_channels(0, [(2.0, -80.0), (80.0, 0.0)], celsius=20.0)
    assert longer.open[0, -1] == pytest.approx(m**3 * h, rel=1e-9)


def test_the_mean_of_many_converges_to_the_chances() -> None:
    spec = sodium()
    exact = spec.simulate_channels(0, STEP, celsius=20.0).open[0]
    errors = []
    for n in (100, 10_000, 1_000_000):
        found = spec.simulate_channels(n, STEP, celsius=20.0, trials=20, seed=1)
        assert found.counts.sum(axis=2) == pytest.approx(n)
        errors.append(np.abs(found.open.mean(axis=0) / n - exact).max())
    assert errors[1] < errors[0] / 3
    assert errors[2] < errors[1] / 3
    assert errors[2] < 5 * np.sqrt(0.25 / (20 * 1_000_000))


@pytest.mark.parametrize("make", [potassium, three_states])
def test_open_channels_at_rest_vary_as_a_binomial(make: Any) -> None:
    spec, n, trials = make(), 50, 4000
    found = spec.simulate_channels(n, [(1.0, -20.0)], celsius=20.0, trials=trials, seed=2, dt=0.25)
    p = spec.simulate_channels(0, [(1.0, -20.0)], celsius=20.0).open[0, -1]
    assert 0.02 < p < 0.98
    for at in (0, -1):
        opened = found.open[:, at]
        assert opened.mean() == pytest.approx(n * p, abs=5 * np.sqrt(n * p * (1 - p) / trials))
        assert opened.var() == pytest.approx(n * p * (1 - p), rel=5 * np.sqrt(2 / trials) + 0.02)


def test_a_relaxing_count_keeps_the_covariance_of_its_scheme() -> None:
    spec, n, trials = potassium(), 40, 4000
    lag = 1.0
    found = spec.simulate_channels(n, [(lag, -30.0)], celsius=6.3, trials=trials, seed=3, dt=lag).counts
    now, later = found[:, 0], found[:, 1]
    start = spec.simulate_channels(0, [(lag, -30.0)], celsius=6.3, dt=lag).counts[0, 0]
    # Of channels in state i, the chance to be in j after the lag: what a mean over those trials must show.
    ours = np.array([np.cov(now[:, i], later[:, i])[0, 1] for i in range(5)])
    chances = np.diagonal(
        np.asarray(
            single.transition_matrix(
                5,
                {k: jnp.asarray(x) for k, x in _matrix(spec, -30.0).items()},
                lag,
                jnp.asarray(0.0),
            )
        )
    )
    exact = n * start * (chances - start)
    np.testing.assert_allclose(ours, exact, atol=5 * n * 0.25 / np.sqrt(trials))


def _matrix(spec: rb.ChannelSpec, v: float) -> dict[Any, Any]:
    from rheobase.mechanisms.channel_spec import gating

    rates = [gating.alpha_beta(g, np.float64(v), spec.channel.numbers, 6.3, {}) for g in spec.gates]
    return expansion(spec.channel).matrix(rates)


def test_chances_are_those_of_the_matrix_exponential() -> None:
    from scipy.linalg import expm

    matrix = _matrix(sodium(), -20.0)
    q = np.zeros((8, 8))
    for (i, j), rate in matrix.items():
        q[i, j] += rate
        q[i, i] -= rate
    for dt in (1e-3, 0.025, 1.0, 20.0):
        found = single.transition_matrix(8, {k: jnp.asarray(x) for k, x in matrix.items()}, dt, jnp.asarray(0.0))
        np.testing.assert_allclose(found, expm(q * dt), atol=1e-11)


def test_dealing_keeps_every_channel_and_follows_the_chances() -> None:
    counts = jnp.array([40.0, 0.0, 1000.0])
    chances = jnp.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    uniform = jax.random.uniform(jax.random.key(5), (3000, 2, 3))
    found = np.asarray(single.spread(uniform, jnp.tile(counts, (3000, 1)), jnp.tile(chances, (3000, 1, 1))))
    np.testing.assert_array_equal(found.sum(axis=1), 1040)
    assert (found >= 0).all()
    for j, p in enumerate((0.2, 0.3, 0.5)):
        moved = found[:, j] - (1000 if j == 1 else 0)
        assert moved.mean() == pytest.approx(40 * p, abs=5 * np.sqrt(40 * p * (1 - p) / 3000))
        assert moved.var() == pytest.approx(40 * p * (1 - p), rel=5 * np.sqrt(2 / 3000))


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (7, 1e-9), (12, 0.5), (40, 0.97), (5000, 0.2), (1_000_000, 0.6)])
def test_a_binomial_draw_is_the_inverse_of_its_distribution(n: int, p: float) -> None:
    from scipy.stats import binom

    size = 20_000
    u = jnp.asarray(np.random.default_rng(4).random(size))
    found = np.asarray(single.binomial(u, jnp.full_like(u, n), jnp.full_like(u, p)))
    numbers, times = np.unique(found, return_counts=True)
    assert (found == np.round(found)).all()
    assert ((found >= 0) & (found <= n)).all()
    pmf, sd = binom.pmf(numbers, n, p), np.sqrt(n * p * (1 - p))
    np.testing.assert_allclose(times / size, pmf, atol=6 * np.sqrt(pmf.max() / size))
    assert found.mean() == pytest.approx(n * p, abs=5 * sd / np.sqrt(size) + 1e-6)
    assert found.std() == pytest.approx(sd, rel=5 / np.sqrt(2 * size) * 2, abs=1e-3)


def test_a_draw_of_nothing_or_of_all_is_sure() -> None:
    u = jnp.array([0.0, 0.5, 0.999999])
    np.testing.assert_array_equal(single.binomial(u, jnp.full(3, 10.0), jnp.zeros(3)), 0)
    np.testing.assert_array_equal(single.binomial(u, jnp.full(3, 10.0), jnp.ones(3)), 10)
    np.testing.assert_array_equal(single.binomial(u, jnp.zeros(3), jnp.full(3, 0.5)), 0)


def mechanism_course(spec: rb.ChannelSpec, n: float, copies: int, steps: int, seed: float = 0.0) -> Any:
    """The open share in each of many copies under a held voltage, each step."""
    p = SimpleNamespace(**{**spec.channel.numbers, "n_channels": n, "seed": seed, "stream": jnp.arange(copies)})
    p = SimpleNamespace(**{**vars(p), **spec.mechanism.prepare(p, jnp.asarray(20.0))})
    ions = SimpleNamespace(na=SimpleNamespace(reversal=50.0), k=SimpleNamespace(reversal=-77.0))
    clock = Clock(jnp.asarray(0.0), jnp.asarray(0.025))
    start = dict(spec.mechanism.initial(jnp.full(copies, -80.0), p, ions, clock))
    v = jnp.full(copies, 0.0)

    def step(s: Any, _: Any) -> Any:
        after = dict(spec.mechanism.advance(v, SimpleNamespace(**s), p, ions, clock))
        return after, single.open_share(spec.channel, SimpleNamespace(**after), vars(p))

    _, course = jax.lax.scan(step, start, None, length=steps)
    return np.asarray(course)


def test_the_mechanism_counts_as_the_trials_do() -> None:
    spec = counted(potassium())
    n, copies, steps = 30, 600, 60
    mean = mechanism_course(spec, 0.0, 1, steps)[:, 0]
    found = mechanism_course(spec, n, copies, steps)
    np.testing.assert_allclose(found * n, np.round(found * n), atol=1e-9)
    spread = np.sqrt(mean * (1 - mean) / (n * copies))
    assert (np.abs(found.mean(axis=1) - mean) < 5.5 * spread + 1e-12).all()
    last = found[-1] * n
    assert last.var() == pytest.approx(n * mean[-1] * (1 - mean[-1]), rel=5 * np.sqrt(2 / copies))
    exact = potassium().simulate_channels(0, [(0.025, -80.0), (1.5, 0.0)], celsius=20.0).open[0, 2:]
    np.testing.assert_allclose(mean, exact, atol=1e-12)
    again = mechanism_course(spec, n, copies, steps)
    np.testing.assert_array_equal(found, again)
    assert (mechanism_course(spec, n, copies, steps, seed=1.0) != found).any()


def test_counted_channels_on_a_cell() -> None:
    spec = counted(three_states(ion=None, e=-10, gmax=0.001))

    def run(n: float, seed: float = 0.0) -> Any:
        cell = rb.Cell("soma")
        soma = cell.add_section("soma", L=20, diam=20)
        cell["soma"].insert("pas")
        placed = cell.place(spec(n_channels=n, seed=seed), soma(0.5))
        return rb.run(cell, tstop=5, record=[soma(0.5).v, placed["O"]], celsius=20).values

    few, again, other, mean, many = run(20), run(20), run(20, seed=3), run(0), run(1e6)
    np.testing.assert_array_equal(few, again)
    assert (few != other).any()
    np.testing.assert_allclose(few[1] * 20, np.round(few[1] * 20), atol=1e-9)
    assert np.abs(many - mean).max() < np.abs(few - mean).max()
    np.testing.assert_allclose(many[1], mean[1], atol=5 * np.sqrt(0.25 / 1e6))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number of channels"):
        sodium().simulate_channels(-1, STEP)
    with pytest.raises(ValueError, match="above 0 ms"):
        sodium().simulate_channels(5, [(0, -80)])
    many = sodium()
    many.put_gate(many["m"].replace(power=20))
    many.put_gate(many["h"].replace(power=20))
    with pytest.raises(ValueError, match="has 441 states"):
        many.simulate_channels(5, STEP)
