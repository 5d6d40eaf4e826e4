"""Reverse mode: backwards through a run once, whatever the number of parameters."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.simulate import Simulation

Floats = NDArray[np.float64]


class Backwards:
    """A run that can be followed backwards. It is compiled when it is first asked for."""

    def __init__(self, simulation: Simulation) -> None:
        f, params = simulation.function()

        def pull(moving: Any, cotangent: Any) -> Any:
            return jax.vjp(lambda p: f({**params, **p}), moving)[1](cotangent)[0]

        self._run = jax.jit(lambda moving: f({**params, **moving}))
        self._pull = jax.jit(pull)

    def run(self, values: Mapping[str, float]) -> tuple[Floats, Callable[[Floats], dict[str, float]]]:
        """The traces under some parameters, and what takes slopes along them to slopes along the parameters."""
        moving = {name: jnp.asarray(value) for name, value in values.items()}

        def pull(cotangent: Floats) -> dict[str, float]:
            return {name: float(slope) for name, slope in self._pull(moving, jnp.asarray(cotangent)).items()}

        return np.asarray(self._run(moving)), pull
