"""Adam, by optax: gradient steps of a length of their own in every direction."""

from typing import Any

import jax
import numpy as np

from rheobase.fitting.optimisers.optimiser import Ask, Kind, Optimiser, Setting, register
from rheobase.fitting.trials import Trials

_BACK = 0.5  # of the way, after a candidate that blew up


class Adam:
    """Steps along the gradient, kept within the cube."""

    def __init__(self, setting: Setting) -> None:
        import optax

        rate, steps = float(setting.option("rate", 0.03)), setting.option("steps", setting.budget)
        schedule = optax.cosine_decay_schedule(rate, max(1, int(steps)), 0.01)
        rule = optax.adam(schedule)
        self._update: Any = jax.jit(rule.update)
        self._steps = int(steps)
        self._point = np.array(setting.start, float)
        self._before = self._point
        self._state = rule.init(self._point)
        self._done = 0
        self.reason = "Adam from one start"

    def ask(self) -> Ask | None:
        """See `Optimiser`."""
        if self._done >= self._steps:
            self.reason = f"took its {self._steps} steps"
            return None
        return Ask(self._point[None], derivatives=True)

    def tell(self, trials: Trials) -> None:
        """See `Optimiser`."""
        self._done += 1
        derivatives = trials.derivatives[0] if trials.derivatives else None
        if derivatives is None:
            self._point = self._before + _BACK * (self._point - self._before)
            return
        moves, self._state = self._update(derivatives.gradient, self._state, self._point)
        self._before = self._point
        self._point = np.clip(self._point + np.asarray(moves, float), 0.0, 1.0)

    def close(self) -> None:
        """See `Optimiser`."""


def make(setting: Setting) -> Optimiser:
    """A search from one start."""
    return Adam(setting)


register(
    Kind(
        "adam",
        "Adam (optax), with exact gradients and a step that shrinks towards the end",
        "smooth errors of many parameters on a rugged ground",
        True,
        make,
        {"rate": "first step, as a part of the bounds, 0.03", "steps": "how many; the budget by default"},
    )
)
