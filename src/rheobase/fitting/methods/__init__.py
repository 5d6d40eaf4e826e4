"""The error methods: how a run is held against its target. One file each, found by name."""

from rheobase.fitting.methods import (
    features as features,
    points as points,
    spike_times as spike_times,
    trace as trace,
)
from rheobase.fitting.methods.method import Measure as Measure, method_named as method_named, methods as methods
