"""Profiles held against the limits of what they are assigned to."""

import numpy as np
from numpy.typing import NDArray

from rheobase.model.document import Document
from rheobase.model.location import Location
from rheobase.model.names import UnknownName
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import Linear
from rheobase.model.targets import Target, target_of


def check_profile(document: Document, target: Target, place: str, profile: Profile) -> None:
    """Refuse a profile whose lowest or highest value over a place is out of limits or no number.

    **Raises:** `ValueError` that tells where; `KeyError` for an unknown origin.
    """
    if isinstance(profile.origin, Location) and profile.origin.section not in document.sections:
        raise UnknownName("section", profile.origin.section, document.sections)
    distances = document.places.measured(profile, place)
    if not distances.size:
        return
    with np.errstate(all="ignore"):  # what is no finite number is refused below
        found = np.asarray(profile.evaluate(profile.coefficients, distances), dtype=float)
    for index in (int(np.argmin(found)), int(np.argmax(found))):
        try:
            target.checked(float(found[index]), place)
        except ValueError as error:
            where = f"from {profile!r} over {place!r} at {_at(profile, float(distances[index]))}"
            raise ValueError(f"{error} ({where})") from None


def check_profiles(document: Document) -> None:
    """Check every profile of a document, after its shape has changed."""
    for key in document.profiled:
        assignment = document.assignments[key]
        if isinstance(assignment.value, Profile):
            check_profile(document, target_of(document, assignment.target), assignment.place, assignment.value)


def path_distances(document: Document, place: str) -> NDArray[np.float64]:
    """Give the path distance from the middle of the root to each segment of a place, um, in document order."""
    return document.places.measured(Linear(metric="path_distance", intercept=0, slope=1), place)


def _at(profile: Profile, p: float) -> str:
    if profile.normalise != "none":
        return f"p = {p:.6g}"
    return f"a projection of {p:.6g} um" if profile.metric == "projection" else f"a distance of {p:.6g} um"
