"""A book of addresses that look alike and are all different buildings."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import HealthCheck, settings

from pulumi_twilio_emergency.core.model.address import Address

slow_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a busy machine is no counterexample."""

US = Address("Twilio", "645 HARRISON ST", "", "SAN FRANCISCO", "CA", "94105", "US")
CA = Address("Twilio", "101 KING ST W", "", "TORONTO", "ON", "M5V 2T6", "CA")
GB = Address("Twilio", "10 DOWNING ST", "", "LONDON", "GREATER LONDON", "SW1A 2AA", "GB")
PR = Address("Twilio", "A1 CALLE 1", "", "BAYAMON", "PR", "00956-1111", "US")

_HOUSES = ("12", "12 1/2", "121/2", "12-1/2", "1/2", "12A", "12 A")
_NAMES = (
    *("VIRGINIA", "END", "N", "NORTH", "EAST", "ST CLAIR", "SAINT CLAIR"),
    *("O'FARRELL", "OFARRELL", "1ST", "FIRST", "STREET", "COUNTY"),
)
_BEFORE = ("", "W ", "WEST ")
_TYPES = (" ST", " AVE", "")
_AFTER = ("", " N", " NORTH")

GENERATED_STREETS = sorted(
    {
        f"{house} {before}{name}{type_}{after}"
        for house, before, name, type_, after in product(("12",), _BEFORE, _NAMES, _TYPES, _AFTER)
    }
    | {f"{house} {name}{type_}" for house, name, type_ in product(_HOUSES, _NAMES[::3], _TYPES)}
)
STREETS = (
    *(
        "12 AVENUE N",
        "12 AVENUE NORTH",
        "12 COUNTY ROAD N",
        "12 COUNTY ROAD NORTH",
        "12 COUNTY ROAD E",
        "12 STREET RD",
    ),
    *("2390 39.2 RD", "2390 392 RD", "2390 39 2 RD", "239 039.2 RD", "39.2 RD", "392 RD"),
    *("N6W23001 BLUEMOUND RD", "N6 W23001 BLUEMOUND RD", "N6W2301 BLUEMOUND RD", "W6N23001 BLUEMOUND RD"),
    *("1700 S 300 E", "1700 SOUTH 300 EAST", "1700 S 300 W", "1700 S 300", "1700 E 300 S", "17005 300 E"),
    *("EAST 1700 SOUTH", "E 1700 S", "12 BROADWAY", "12 N BROADWAY", "12 BROADWAY N", "12 BROADWAY ST"),
    *("514 PEACE & PLENTY LN", "514 PEACE AND PLENTY LN", "514 PEACE PLENTY LN"),
    *(
        "12 HIGHWAY #50",
        "12 HIGHWAY 50",
        "12 HIGHWAY # 50",
        "12 HIGHWAY 5 0",
        "12-34 MAIN ST",
        "12 34 MAIN ST",
    ),
    *("1234 MAIN ST", "12, 34 MAIN ST", "12/34 MAIN ST", "1.2 MAIN ST", "12 MAIN ST # 5", "12 MAIN ST 5"),
    *("12 STRASSE", "12 STRAßE", "12½ MAIN ST", "12 ½ MAIN ST"),
)
QUEBEC_STREETS = (
    *(
        "12 RUE DE L'ÉGLISE",
        "12 RUE DE L'EGLISE",
        "12 RUE DE LÉGLISE",
        "12 RUE DE L ÉGLISE",
        "12 RUE DE LEGLISE",
    ),
    *("12 RUE ST-PIERRE", "12 RUE ST PIERRE", "12 RUE SAINT-PIERRE", "12 RUE STE-PIERRE", "12 RUE PIERRE ST"),
    *(
        "12 AV DU PARC",
        "12 RUE DU PARC",
        "12 RUE DE LA PLACE",
        "12 RUE DE LA PL",
        "12 RUE COURT",
        "12 RUE CT",
    ),
    *("12 1RE AV", "12 1ÈRE AV", "12 CÔTE ST-LUC", "12 COTE ST-LUC", "12 RUE PLACE N", "12 RUE PL N"),
)
BRITISH_STREETS = (
    *(
        "FLAT E 10 HIGH ST",
        "FLAT EAST 10 HIGH ST",
        "FLAT 1, 2 HIGH ST",
        "FLAT 12 HIGH ST",
        "FLAT 1 2 HIGH ST",
    ),
    *(
        "10 HIGH ST",
        "10A HIGH ST",
        "10 A HIGH ST",
        "10 THE CRES",
        "10 THE CRESCENT",
        "10 THE ROAD",
        "10 THE RD",
    ),
    *(
        "10 ST MARY'S RD",
        "10 ST MARYS RD",
        "10 SAINT MARY'S RD",
        "10-12 HIGH ST",
        "10, 12 HIGH ST",
        "10 12 HIGH ST",
    ),
)
UNITS = (
    *(
        "",
        "5",
        "#5",
        "# 5",
        "STE 5",
        "APT 5",
        "FL 5",
        "RM 5",
        "BLDG 5",
        "STE 5A",
        "STE 5 A",
        "STE 50",
        "5 STE",
    ),
    *(
        "STE E",
        "SUITE E",
        "STE EAST",
        "UNIT W",
        "UNIT WEST",
        "FLAT E",
        "FLAT EAST",
        "FL 5 RM 12",
        "RM 12 FL 5",
    ),
)


def _varied(address: Address, name: str, values: tuple[str, ...] | list[str]) -> list[Address]:
    return [replace(address, **{name: value}) for value in values]


BOOKS = {
    "streets of a generated town": _varied(US, "street", GENERATED_STREETS),
    "streets of the US": _varied(US, "street", STREETS),
    "streets of Quebec": _varied(CA, "street", QUEBEC_STREETS),
    "streets of the UK": _varied(GB, "street", BRITISH_STREETS),
    "units of the US": _varied(US, "street_secondary", UNITS),
    "units of Canada": _varied(CA, "street_secondary", UNITS),
    "units of the UK": _varied(GB, "street_secondary", (*UNITS, "FLAT 5", "FLOOR 5")),
    "ZIP codes": _varied(US, "postal_code", ("94105-1111", "94105-2222", "94107", "9410", "04105", "4105")),
    "ZIP codes of Puerto Rico": [
        *_varied(PR, "postal_code", ("00956-1111", "00956-2222", "00956", "00957")),
        *_varied(
            PR, "street", ("A1 CALLE 1 URB RAFAEL", "A-1 CALLE 1", "1A CALLE 1", "A1 CALLE A", "A11 CALLE")
        ),
    ],
    "cities": _varied(
        US,
        "city",
        (
            "ST LOUIS",
            "SAINT LOUIS",
            "SAN JOSÉ",
            "SAN JOSE",
            "S SAN FRANCISCO",
            "SOUTH SAN FRANCISCO",
            "KANSAS CITY",
        ),
    ),
    "everything else": [
        *_varied(US, "region", ("CA", "CO", "C", "")),
        *_varied(CA, "iso_country", ("CA", "US", "GB")),
        *_varied(GB, "customer_name", ("A", "B", "A B", "A & B", "A + B")),
        *_varied(GB, "postal_code", ("SW1A 1AA", "SW1 1AA", "W1A 1AA")),
    ],
}
