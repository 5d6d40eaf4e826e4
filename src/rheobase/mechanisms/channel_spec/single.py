"""Channels that are counted: each moves by chance from state to state of the one scheme that the whole channel is."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from rheobase.kernel.system import Clock
from rheobase.mechanisms.channel_spec import gating
from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.expansion import conductances, expansion
from rheobase.mechanisms.channel_spec.gating import Matrix

_SQUARINGS = 12
_TERMS = 8  # of the series, whose argument is the rates' sum over a step, divided by 2**12


def transition_matrix(n: int, matrix: Matrix, dt: Any, like: Array) -> Array:
    """The chance to be in each state after `dt`, by the state before, `(..., n, n)`; exact while rates are constant.

    Each row is `exp(Q dt)` by series and repeated squaring (Moler and Van Loan 2003, SIAM Rev 45:3).
    """
    rows = [[matrix.get((i, j), 0.0) for j in range(n)] for i in range(n)]
    for k, rate in enumerate(gating.outflow(n, matrix)):
        rows[k][k] = -rate
    q = jnp.stack([jnp.stack([jnp.broadcast_to(x, like.shape) for x in row], -1) for row in rows], -2)
    small = q * (dt / 2.0**_SQUARINGS)
    term = result = jnp.broadcast_to(jnp.eye(n, dtype=q.dtype), q.shape)
    for k in range(1, _TERMS + 1):
        term = term @ small / k
        result = result + term

    def squared(_: Any, x: Array) -> Array:
        x = x @ x
        # Rounding would else grow with each squaring.
        return x / jnp.sum(x, -1, keepdims=True)

    return jax.lax.fori_loop(0, _SQUARINGS, squared, result)


def spread(uniform: Array, counts: Array, chances: Array) -> Array:
    """Numbers of channels after each of `counts`, by state, went its way by `chances`, a row for each state left.

    Exact: the channels of a state are dealt to one state after another by binomial draws.

    **Arguments:** `uniform`: numbers from 0 to 1, `(..., states - 1, states)`; `counts`, `(..., states)`; `chances`,
    `(..., states, states)`.
    """
    n = counts.shape[-1]
    later = jnp.flip(jnp.cumsum(jnp.flip(chances, -1), -1), -1)
    share = jnp.clip(jnp.where(later > 0, chances / jnp.where(later > 0, later, 1.0), 0.0), 0.0, 1.0)
    turns = jnp.moveaxis(uniform, -2, 0), jnp.moveaxis(share[..., :-1], -1, 0)

    def deal(left: Array, turn: tuple[Array, Array]) -> tuple[Array, Array]:
        taken = binomial(turn[0], left, turn[1])
        return left - taken, jnp.sum(taken, -1)

    if n == 1:
        return counts
    left, arrived = jax.lax.scan(deal, counts, turns)
    return jnp.concatenate([jnp.moveaxis(arrived, 0, -1), jnp.sum(left, -1, keepdims=True)], -1)


def binomial(uniform: Array, n: Array, p: Array) -> Array:
    """How many of `n` come true with chance `p` each: the inverse of the distribution at `uniform`.

    The search goes from the likeliest number outwards, so it takes about a standard deviation of turns (Kemp 1986,
    Communications in Statistics - Theory and Methods 15:805).
    """
    sure, never = p >= 1, (p <= 0) | (n <= 0)
    q = jnp.where(sure | never, 0.5, p)
    odds = q / (1 - q)
    mode = jnp.minimum(jnp.floor((n + 1) * q), n)
    log = jax.lax.lgamma
    most = jnp.exp(log(n + 1) - log(mode + 1) - log(n - mode + 1) + mode * jnp.log(q) + (n - mode) * jnp.log1p(-q))

    def searching(carry: Any) -> Array:
        left, _, above, below, _, _ = carry
        return jnp.any((left >= 0) & (above + below > 0))

    def search(carry: Any) -> Any:
        left, found, above, below, up, down = carry
        above = above * jnp.maximum(n - up, 0.0) / (up + 1) * odds
        below = below * jnp.maximum(down, 0.0) / ((n - down + 1) * odds)
        up, down = up + 1, down - 1
        open_ = left >= 0
        found = jnp.where(open_, up, found)
        left = jnp.where(open_, left - above, left)
        open_ = left >= 0
        found = jnp.where(open_, down, found)
        left = jnp.where(open_, left - below, left)
        return left, found, above, below, up, down

    first = jnp.where(sure | never, -1.0, uniform - most)
    start = (first, mode, most, most, mode, mode)
    left, found, *_ = jax.lax.while_loop(searching, search, start)
    # Rounding may leave a rest beyond both ends, which belongs to no number.
    return jnp.where(sure, n, jnp.where(never, 0.0, jnp.where(left >= 0, mode, found)))


def initial(channel: Channel, v: Array, p: Any, ligands: Mapping[str, Array]) -> dict[str, Array]:
    """The share of the channels in each state at rest, drawn where channels are counted, and the count of draws."""
    names = expansion(channel).names
    shares = gating.stationary(len(names), _rates(channel, v, p, ligands), jnp)
    rest = jnp.stack([jnp.broadcast_to(x, v.shape) for x in shares], -1)
    chances = jnp.broadcast_to(rest[..., None, :], (*rest.shape, len(names)))
    first = jnp.broadcast_to(jnp.eye(len(names))[0], rest.shape)
    return _told(channel, _moved(p, first, chances, jnp.zeros_like(v)), jnp.ones_like(v))


def derivative(channel: Channel, v: Array, s: Any, p: Any, ligands: Mapping[str, Array]) -> dict[str, Array]:
    """The rate of the mean share of each state, per ms."""
    names = expansion(channel).names
    moving = dict.fromkeys(names, 0.0 * v)
    for (i, j), rate in _rates(channel, v, p, ligands).items():
        flow = rate * getattr(s, names[i])
        moving[names[i]] = moving[names[i]] - flow
        moving[names[j]] = moving[names[j]] + flow
    return moving


def advance(channel: Channel, v: Array, s: Any, p: Any, ligands: Mapping[str, Array], clock: Clock) -> dict[str, Array]:
    """The shares one step on: of counted channels, each by its own draw; else their mean, by the same chances."""
    names = expansion(channel).names
    chances = transition_matrix(len(names), _rates(channel, v, p, ligands), clock.dt, v)
    before = jnp.stack([jnp.broadcast_to(getattr(s, name), v.shape) for name in names], -1)
    return _told(channel, _moved(p, before, chances, s.draws), s.draws + 1)


def open_share(channel: Channel, s: Any, numbers: Mapping[str, Any]) -> Any:
    """The open share of the conductance."""
    shares = zip(expansion(channel).names, conductances(channel, numbers), strict=True)
    return sum((each * getattr(s, name) for name, each in shares), 0.0)


def _rates(channel: Channel, v: Array, p: Any, ligands: Mapping[str, Array]) -> Matrix:
    rates = [gating.alpha_beta(gate, v, vars(p), p.celsius, ligands, jnp) for gate in channel.gates]
    return expansion(channel).matrix(rates)


def _moved(p: Any, shares: Array, chances: Array, draws: Array) -> Array:
    """Shares of the channels after a draw each, or, where none are counted, the mean."""
    mean = jnp.einsum("...i,...ij->...j", shares, chances)
    shape = shares.shape[:-1]
    number = jax.lax.stop_gradient(jnp.round(jnp.broadcast_to(p.n_channels, shape)))
    n = shares.shape[-1]
    seeds = [jnp.broadcast_to(x, shape).ravel().astype(jnp.uint32) for x in (p.seed, p.stream, draws)]
    uniform = jax.vmap(lambda *seed: _uniform(n, *seed))(*seeds).reshape(*shape, max(n - 1, 1), n)
    held, by = jax.lax.stop_gradient((shares, chances))
    counts = jnp.round(held * number[..., None])
    drawn = spread(uniform, counts, by) / jnp.maximum(number, 1.0)[..., None]
    return jnp.where((number > 0)[..., None], drawn, mean)


def _uniform(n: int, seed: Array, stream: Array, draws: Array) -> Array:
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), stream), draws)
    return jax.random.uniform(key, (max(n - 1, 1), n), dtype=float)


def _told(channel: Channel, shares: Array, draws: Array) -> dict[str, Array]:
    names = expansion(channel).names
    return {**{name: shares[..., k] for k, name in enumerate(names)}, "draws": draws}
