"""The error methods: how a run is held against its target. One file each, found by name."""

from rheobase.fitting.methods import (
    density as density,
    features as features,
    passages as passages,
    points as points,
    spike_shape as spike_shape,
    spike_times as spike_times,
    trace as trace,
)
from rheobase.fitting.methods.method import Measure as Measure, method_named as method_named, methods as methods
