"""Hosts that serve the handlers to an engine. Everything that is a workaround for a host belongs here."""
