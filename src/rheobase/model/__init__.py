"""The model document: a cell, its parts and what is assigned to them; and the protocol it is run under."""

from rheobase.documents import Change as Change, FrozenDocument as FrozenDocument, History as History
from rheobase.model.cell import Cell as Cell, load_cell as load_cell
from rheobase.model.connection import Connection as Connection, connect as connect
from rheobase.model.document import Document as Document
from rheobase.model.location import Location as Location, Recordable as Recordable
from rheobase.model.names import UnknownName as UnknownName
from rheobase.model.placed import Placed as Placed
from rheobase.model.play import Play as Play
from rheobase.model.profile import Profile as Profile
from rheobase.model.profile_kinds import (
    along as along,
    boltzmann as boltzmann,
    exponential as exponential,
    linear as linear,
    step as step,
    table as table,
)
from rheobase.model.protocol import Protocol as Protocol
from rheobase.model.region import Region as Region
from rheobase.model.rule import Rule as Rule
from rheobase.model.section import Section as Section, StaleHandle as StaleHandle
from rheobase.model.values import (
    Assignment as Assignment,
    ConnectionSpec as ConnectionSpec,
    Insertion as Insertion,
    Placement as Placement,
    SectionSpec as SectionSpec,
    Subset as Subset,
)
from rheobase.model.where import where as where
