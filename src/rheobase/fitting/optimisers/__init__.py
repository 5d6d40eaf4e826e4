"""The optimisers, one file each, found by name; all speak by ask and tell."""

from rheobase.fitting.optimisers import (
    adam as adam,
    automatic as automatic,
    cma_es as cma_es,
    guided as guided,
    lbfgs as lbfgs,
    least_squares as least_squares,
    local as local,
    multi_start as multi_start,
    nsga2 as nsga2,
    praxis as praxis,
)
from rheobase.fitting.optimisers.optimiser import (
    Ask as Ask,
    Kind as Kind,
    Optimiser as Optimiser,
    kind_named as kind_named,
    optimisers as optimisers,
)
