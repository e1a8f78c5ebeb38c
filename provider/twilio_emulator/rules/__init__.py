"""
What Twilio allows, and what it answers where it does not: one module for each resource.

Each rule takes the form of one request, with its fields in Twilio's own spelling. Where the documentation is
silent, a switch decides; error codes that nobody has documented are marked so.
The questions that settle a switch are in `ask`.
Source: Address, IncomingPhoneNumber, SIP Domain and emergency calling pages, Twilio docs, read 2026-11.
"""
