"""The cost of a gradient against the run it differentiates, its compilation, and its memory."""

import resource
from collections.abc import Iterator
from typing import Any

from tests.benchmarks import simulators
from tests.benchmarks.timing import best_of, once

SIZES = (300, 1500)
TSTOP = 100.0  # ms
NAMES = ("all.hh.gnabar", "all.hh.gkbar", "all.hh.gl")


def report() -> Iterator[str]:
    """Tell forward and gradient in microseconds a step, their ratio, compile times and the process's peak memory."""
    yield (
        "| compartments | forward, us a step | gradient | ratio | compile forward, s | compile gradient, s | peak MB |"
    )
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        yield _row(size)


def _row(size: int) -> str:
    import jax
    import jax.numpy as jnp

    import rheobase as rb

    cell, soma = simulators.in_rheobase(size)
    sim = rb.Simulation(cell, tstop=TSTOP, record=[soma(0.5).v])
    f, params = sim.function()

    def loss(varied: dict[str, Any]) -> Any:
        return jnp.mean((f({**params, **varied}) + 60.0) ** 2)

    varied = {name: params[name] for name in NAMES}
    forward, gradient = jax.jit(loss), jax.jit(jax.value_and_grad(loss))
    compiling, compiling_gradient = once(forward.lower(varied).compile), once(gradient.lower(varied).compile)
    run = best_of(lambda: jax.block_until_ready(forward(varied)), repeats=4) / sim.steps * 1e6
    back = best_of(lambda: jax.block_until_ready(gradient(varied)), repeats=4) / sim.steps * 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = f"{run:.1f} | {back:.1f} | {back / run:.2f} | {compiling:.2f} | {compiling_gradient:.2f}"
    return f"| {size} | {times} | {peak:.0f} |"
