"""The fitter: data laid under a model, and a search for the parameters that bring both together."""

from rheobase.widgets.fitter.tool import Fitter as Fitter
