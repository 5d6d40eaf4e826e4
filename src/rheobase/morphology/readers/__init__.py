"""Readers of morphology files, one a format."""

from rheobase.morphology.readers.eutectic import read_eutectic as read_eutectic
from rheobase.morphology.readers.neurolucida import read_neurolucida as read_neurolucida
from rheobase.morphology.readers.neurolucida1 import read_neurolucida1 as read_neurolucida1
from rheobase.morphology.readers.neuroml import read_neuroml as read_neuroml
from rheobase.morphology.readers.recognise import load_morphology as load_morphology
from rheobase.morphology.readers.swc import read_swc as read_swc
