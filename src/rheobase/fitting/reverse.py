"""The gradient of the error in reverse mode: backwards through each run once, whatever the number of parameters."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.simulate import SimulationError

if TYPE_CHECKING:
    from rheobase.fitting.problem import Problem

Floats = NDArray[np.float64]


class Backwards:
    """The gradient of a problem's error. Each run is compiled for it when it is first asked for.

    **Raises:** ValueError where a match has no derivative, or a run none in this mode.
    """

    def __init__(self, problem: "Problem") -> None:
        rough = [part.label for part in problem.parts if not part.measure.smooth]
        if rough:
            raise ValueError(f"{rough[0]} has no derivative: leave derivatives='exact', where differences stand in")
        self._problem = problem
        self._runs: list[Callable[..., Any]] = []
        self._pulls: list[Callable[..., Any]] = []
        for generator in problem.generators:
            f, params = generator.simulation.function()

            def pull(moving: Any, cotangent: Any, f: Any = f, params: Any = params) -> Any:
                return jax.vjp(lambda p: f({**params, **p}), moving)[1](cotangent)[0]

            def run(moving: Any, f: Any = f, params: Any = params) -> Any:
                return f({**params, **moving})

            self._pulls.append(jax.jit(pull))
            self._runs.append(jax.jit(run))

    def gradient(self, point: Floats) -> tuple[list[Floats], Floats]:
        """The residuals of each match, and the derivative of the error along each direction of the cube, `(n,)`.

        **Raises:** SimulationError where a run blows up.
        """
        problem = self._problem
        slopes, at = problem.space.slopes(point), problem.space.model(point)
        total = 2 * problem.space.prior_slopes(point).T @ problem.space.priors(point)
        pieces = []
        for generator, run, pull in zip(problem.generators, self._runs, self._pulls, strict=True):
            moving = {name: jnp.asarray(float(value)) for name, value in generator.own(at).items()}
            traces = np.asarray(run(moving))
            if not np.isfinite(traces).all():
                raise SimulationError(f"{generator.run.name}: the run blew up", 0.0, "")
            cotangent = np.zeros_like(traces)
            for part in generator.parts:
                trace = traces[part.row]
                residuals = part.root * part.measure.residuals(trace[None])[0]
                pieces.append(residuals)
                cotangent[part.row] += 2 * part.root * (part.measure.slopes(trace).T @ residuals)
            found = pull(moving, jnp.asarray(cotangent))
            for name, slope in found.items():
                total = total + float(slope) * slopes[name]
        return pieces, total
