"""
Sites in a file: who is where, and which numbers and SIP domains belong there.

Reads YAML and CSV as text with positions, and says every problem at once. `component` alone imports Pulumi.
Belongs here: the format and its problems. Does not: rules about an address or a number (`core.rules`), and
the resources that a site becomes (`resources`).
"""
