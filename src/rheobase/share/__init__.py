"""Models that travel: to and from NEURON and NeuroML, and bundles that keep an analysis whole."""

from rheobase.share.archive import BundleError as BundleError
from rheobase.share.bundle import (
    Bundle as Bundle,
    Check as Check,
    Deviation as Deviation,
    load_bundle as load_bundle,
    save_bundle as save_bundle,
)
from rheobase.share.error import ExchangeError as ExchangeError
from rheobase.share.neuroml import export_neuroml as export_neuroml
from rheobase.share.neuron import export_neuron as export_neuron, from_neuron as from_neuron
from rheobase.share.parameters import load_parameters as load_parameters
