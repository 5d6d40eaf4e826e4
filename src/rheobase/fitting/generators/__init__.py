"""What makes residuals: runs of a cell, functions of data, and fits within a fit. One file each."""

from rheobase.fitting.generators.function import FunctionGenerator as FunctionGenerator
from rheobase.fitting.generators.generator import Generator as Generator, Linear as Linear, Overlay as Overlay
from rheobase.fitting.generators.nested import NestedGenerator as NestedGenerator
from rheobase.fitting.generators.run import RunGenerator as RunGenerator, RunPart as RunPart
