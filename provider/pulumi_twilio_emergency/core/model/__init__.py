"""
Values: what an address, a number, a domain, a status, a problem is. Decides nothing and asks nobody.

Frozen dataclasses, enums and tables from Twilio's documentation. A choice between values is a rule: it
belongs in `core.rules`.
"""
