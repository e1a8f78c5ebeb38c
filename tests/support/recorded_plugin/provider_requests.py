"""What an engine asks of a provider, in a form in which two engines can be compared."""

from __future__ import annotations

_MAPS = {"olds", "old_inputs", "news", "properties", "inputs"}


def digest(method, request):
    """
    Return one request: its method, the resource's name, and which properties each of its maps has.

    Values are left out, since SIDs and times differ from run to run. Of the id only the kind is kept.
    """
    fields = {field.name: value for field, value in request.ListFields()}
    maps = {name: sorted(fields[name].fields) for name in sorted(_MAPS & fields.keys())}
    return {
        "method": method,
        "name": fields.get("urn", "").rpartition("::")[2],
        "id": fields.get("id", "")[:2],
        "timeout": fields.get("timeout", 0),
        **maps,
    }
