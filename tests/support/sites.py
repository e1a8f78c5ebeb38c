"""Sites files for tests: written as an operator would, with room for one mistake."""

from __future__ import annotations

BOSTON = """\
sites:
  boston:
    address:
      customer_name: Acme Boston
      street: 1 Main St
      street_secondary: Floor 3
      city: Boston
      region: MA
      postal_code: 02134
      iso_country: US
    numbers:
      - +16175550100
      - +16175550101
    domains:
      - domain_name: acme.sip.twilio.com
        emergency_caller: +16175550100
"""

BOSTON_CSV = """\
site,customer_name,street,street_secondary,city,region,postal_code,iso_country,phone_number,domain_name
boston,Acme Boston,1 Main St,Floor 3,Boston,MA,02134,US,+16175550100,acme.sip.twilio.com
boston,,,,,,,,+16175550101,
"""


def many_sites(numbers: int, per_site: int = 50) -> str:
    """Return a file with so many numbers, in sites of fifty."""
    lines = ["sites:"]
    for index in range(numbers):
        if index % per_site == 0:
            lines += [
                f"  site-{index // per_site}:",
                "    address:",
                "      customer_name: Acme",
                f"      street: {index // per_site + 1} Main St",
                "      city: Boston",
                "      region: MA",
                "      postal_code: 02134",
                "      iso_country: US",
                "    numbers:",
            ]
        lines.append(f"      - +1617{2_000_000 + index}")
    return "\n".join(lines) + "\n"
