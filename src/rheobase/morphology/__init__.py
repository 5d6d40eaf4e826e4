"""Shapes of neurons: files, sections, and the numbers that the cable equation needs of them."""

from rheobase.morphology.frusta import segment_frusta as segment_frusta
from rheobase.morphology.geometry import (
    SegmentGeometry as SegmentGeometry,
    d_lambda_nseg as d_lambda_nseg,
    lambda_f as lambda_f,
    odd_nseg as odd_nseg,
    segment_geometry as segment_geometry,
)
from rheobase.morphology.grow import grow as grow
from rheobase.morphology.layout import Outline as Outline, layout as layout
from rheobase.morphology.morphology import (
    Morphology as Morphology,
    MorphologyError as MorphologyError,
    Samples as Samples,
    region_name as region_name,
)
from rheobase.morphology.problem import Problem as Problem, Remedy as Remedy
from rheobase.morphology.readers import (
    load_morphology as load_morphology,
    read_eutectic as read_eutectic,
    read_neurolucida as read_neurolucida,
    read_neurolucida1 as read_neurolucida1,
    read_neuroml as read_neuroml,
    read_swc as read_swc,
)
from rheobase.morphology.sections import SectionShape as SectionShape, split_sections as split_sections
from rheobase.morphology.statistics import Statistics as Statistics
from rheobase.morphology.write import write_swc as write_swc
from rheobase.morphology.write_neuroml import write_neuroml as write_neuroml
