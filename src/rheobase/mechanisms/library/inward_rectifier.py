"""Inward rectifiers: potassium channels that close with depolarisation."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.library.channel import Q10, Gate, Kinetics, PotassiumChannel, gbar, rates
from rheobase.mechanisms.registry import register


@register
class GranuleInwardRectifier(PotassiumChannel):
    """Inward rectifier of cerebellar granule cells."""

    name = "kir_dangelo"
    parameters = (gbar(9e-4),)
    gates = (Gate("d", 1, Q10(3, 20)),)
    source = "D'Angelo et al. 2001, J Neurosci 21:759"

    @staticmethod
    def gating(v: Array, p: Any, ions: Any) -> Kinetics:
        x = v + 83.94
        return {"d": rates(0.13289 * jnp.exp(-x / 24.3902), 0.16994 * jnp.exp(x / 35.714))}
