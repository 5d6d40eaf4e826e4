"""Shapes of neurons: files, sections, and the numbers that the cable equation needs of them."""

from rheobase.morphology.geometry import (
    SegmentGeometry as SegmentGeometry,
    d_lambda_nseg as d_lambda_nseg,
    lambda_f as lambda_f,
    segment_geometry as segment_geometry,
)
