"""Places as the emergency database of the emulator spells them, so that no correction is proposed."""

from __future__ import annotations

HARRISON = {
    "customer_name": "Twilio",
    "street": "645 HARRISON ST",
    "city": "SAN FRANCISCO",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
}
ACROSS = {**HARRISON, "street": "650 HARRISON ST"}
CITY_HALL = {**HARRISON, "street": "1 DR CARLTON B GOODLETT PL", "postal_code": "94102"}
TORONTO = {
    **HARRISON,
    "street": "290 BREMNER BLVD",
    "city": "TORONTO",
    "region": "ON",
    "postal_code": "M5V 3L9",
    "iso_country": "CA",
}

IN_BOSTON = {
    "customer_name": "Acme",
    "city": "BOSTON",
    "region": "MA",
    "postal_code": "02134",
    "iso_country": "US",
}
"""What offices of Acme have in common; each has a street of its own."""
