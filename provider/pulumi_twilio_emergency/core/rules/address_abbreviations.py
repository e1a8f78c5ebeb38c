"""
Standard abbreviations of street types and units, for suggestions that differ in nothing else.

Sources: USPS Publication 28, appendix C (a direction or a type may also be the name: sections 233 and 234);
Canada Post Addressing Guidelines, street types and unit designators. A word is left out where its
abbreviation stands for something else as well: `CR` (crescent, circle, county road), `CL` (close), `GR`
(grove, green).
"""

from __future__ import annotations

_STREET_TYPES = {
    "ALLEY": "ALY",
    "AVENUE": "AVE AV",
    "BOULEVARD": "BLVD",
    "CIRCLE": "CIR",
    "COURT": "CT CRT",
    "CRESCENT": "CRES",
    "DRIVE": "DR",
    "EXPRESSWAY": "EXPY",
    "FREEWAY": "FWY",
    "GARDENS": "GDNS",
    "HIGHWAY": "HWY",
    "LANE": "LN",
    "PARKWAY": "PKWY PKY",
    "PLACE": "PL",
    "PLAZA": "PLZ",
    "ROAD": "RD",
    "SQUARE": "SQ",
    "STREET": "ST",
    "TERRACE": "TER TERR",
    "TRAIL": "TRL",
}
_UNITS = {
    "APARTMENT": "APT",
    "BUILDING": "BLDG",
    "DEPARTMENT": "DEPT",
    "FLOOR": "FL",
    "ROOM": "RM",
    "SUITE": "STE",
}


def _spelled_out(abbreviations: dict[str, str]) -> dict[str, str]:
    return {spelling: word for word, short in abbreviations.items() for spelling in (word, *short.split())}


STREET_TYPES = _spelled_out(_STREET_TYPES)
"""Each spelling of a street type, and the word spelled out."""
UNITS = _spelled_out(_UNITS)
"""Each spelling of a kind of unit in the US and Canada, and the word spelled out."""

DIRECTIONS = {
    "N": "NORTH",
    "S": "SOUTH",
    "E": "EAST",
    "W": "WEST",
    "NE": "NORTHEAST",
    "NW": "NORTHWEST",
    "SE": "SOUTHEAST",
    "SW": "SOUTHWEST",
}
DIRECTION_WORDS = frozenset(DIRECTIONS) | frozenset(DIRECTIONS.values())

ROAD_CLASSES = frozenset(
    "COUNTY STATE US FEDERAL FARM RANCH MARKET FOREST FIRE PRIVATE TOWN TOWNSHIP PARISH RURAL LOOP SPUR "
    "TRUNK OLD BUSINESS INTERSTATE PROVINCIAL REGIONAL CONCESSION SERVICE ACCESS".split()
)
"""Words before `ROAD N` after which the N is most likely the road's name: `COUNTY ROAD N`."""

LEADING_TYPES = frozenset(
    "RUE CALLE AVENIDA AV AVE AVENUE CHEMIN CH BOUL BOULEVARD BLVD PLACE PARC CROISSANT COTE CÔTE MONTEE "
    "MONTÉE RANG ROUTE ALLEE ALLÉE IMPASSE CAMINO CARRETERA CARR PASEO PASAJE PARQUE VEREDA VIA".split()
)
"""Street types that stand before the name, as in French and Spanish: `RUE COURT` ends in a name."""

ARTICLES = frozenset("THE OF AND DE DU DES LA LE LES DEL EL LOS LAS SAINT SAINTE ST STE".split())
"""Words after which the last word belongs to the name: `THE CRESCENT`."""
