"""Runs: a chunk of steps at full speed, and a whole trajectory to differentiate."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.delivery import begin, deliver
from rheobase.kernel.integrators import integrator, step_of
from rheobase.kernel.membrane import initial_state, membrane, prepare
from rheobase.kernel.play import playing
from rheobase.kernel.system import Clock, Probes, Program, State, System, sample
from rheobase.kernel.tree import SOLUTION

CHUNK = 2048
"""Samples that one call of `advance` can return."""

BATCH_TILE = 64
"""Members of a batch stepped together: enough to fill vector registers, few enough to stay in cache."""


@partial(jax.jit, static_argnames="program")
def initialise(program: Program, system: System, probes: Probes, v: Array, dt: Array) -> tuple[State, Array]:
    """The state at time 0 under the voltages `v`, and its sample.

    **Arguments:** `v`: mV, `(nodes,)` or `(nodes, batch)`; `dt`: ms, for mechanisms that step with the cell.
    """
    system = playing(program, prepare(program, system), jnp.zeros_like(dt))
    state = _at_rest(program, system, v, dt, bounded=False)
    return state, sample(state, probes)


@partial(jax.jit, static_argnames="program")
def advance(
    program: Program,
    system: System,
    probes: Probes,
    state: State,
    start: Array,
    samples: Array,
    every: Array,
    dt: Array,
) -> tuple[State, Array]:
    """Step a state on and sample it.

    **Arguments:**

    - `start`: steps taken since time 0, so that `t = start * dt` without accumulated rounding.
    - `samples`: how many samples to take, at most `CHUNK`; `every`: steps from one to the next.
    - `dt`: ms.

    **Returns:** the state, and samples `(CHUNK, probes)` or `(CHUNK, probes, batch)` of which the first
    `samples` rows hold numbers.
    """
    step = step_of(integrator(program.method))
    ready = prepare(program, system)

    def body(k: Array, carry: tuple[State, Array]) -> tuple[State, Array]:
        state, out = carry
        t = (start + k) * dt
        system = playing(program, ready, t + dt / 2)
        if program.wiring is not None:
            state = deliver(program, system, state, t, dt)
        state = step(program, system, state, t, dt)
        # Each step writes its row and the last of `every` stays: cheaper than a branch.
        row = sample(state, probes)[None]
        return state, lax.dynamic_update_slice_in_dim(out, row, k // every, axis=0)

    shape = (CHUNK, probes.offset.shape[0], *state.v.shape[1:])
    return lax.fori_loop(0, samples * every, body, (state, jnp.zeros(shape, state.v.dtype)))


def _at_rest(program: Program, system: System, v: Array, dt: Array, *, bounded: bool) -> State:
    clock = Clock(jnp.zeros_like(dt), dt)
    state = initial_state(program, system, v, clock)
    if program.wiring is not None:
        state = begin(program, system, state, clock, bounded=bounded)
    return membrane(program, system, state, clock).state if program.settles else state


def trajectory(
    program: Program,
    system: System,
    probes: Probes,
    v: Array,
    dt: Array,
    *,
    samples: int,
    every: int = 1,
    segments: int = 1,
    used: tuple[int, ...] | None = None,
) -> Array:
    """All samples of a run from time 0, differentiable with bounded memory.

    Reverse mode keeps the state of each step and recomputes the rest (Griewank 1992); the solved voltages are
    kept too, which spares the recomputation its linear solve. With `segments > 1` only the states at segment
    borders are kept, and each segment is run once more: the square root of the memory for one forward run.

    **Arguments:** as for `initialise`; `samples`, `every` and `segments` fix the shape of the program, and `used` names
    the state arrays that the probes are in, which spares the gradient the others.

    **Returns:** `(samples + 1, probes)`.
    """
    integrate = step_of(integrator(program.method))
    ready = prepare(program, system)
    keep = jax.checkpoint_policies.save_only_these_names(SOLUTION)

    @partial(jax.checkpoint, policy=keep, prevent_cse=False)
    def step(state: State, k: Array) -> State:
        system = playing(program, ready, k * dt + dt / 2)
        if program.wiring is not None:
            state = deliver(program, system, state, k * dt, dt, bounded=True)
        return integrate(program, system, state, k * dt, dt)

    def sampled(state: State, k: Array) -> tuple[State, Array]:
        if every == 1:
            state = step(state, k)
        else:
            state, _ = lax.scan(lambda s, j: (step(s, j), None), state, k * every + jnp.arange(every))
        return state, sample(state, probes, used)

    state = _at_rest(program, playing(program, ready, jnp.zeros_like(dt)), v, dt, bounded=True)
    first = sample(state, probes, used)[None]
    length = -(-samples // segments)
    if segments == 1:
        _, rest = lax.scan(sampled, state, jnp.arange(samples))
    else:

        @partial(jax.checkpoint, prevent_cse=False)
        def segment(state: State, k: Array) -> tuple[State, Array]:
            return lax.scan(sampled, state, k * length + jnp.arange(length))

        _, rest = lax.scan(segment, state, jnp.arange(segments))
        rest = rest.reshape(-1, *rest.shape[2:])[:samples]
    return jnp.concatenate([first, rest])
