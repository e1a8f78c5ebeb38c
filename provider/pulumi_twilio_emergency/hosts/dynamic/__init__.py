"""
Everything we know about Pulumi's Python plugin process, and nothing about Twilio.

The process that runs dynamic providers (`python -m pulumi.dynamic`) has no API for clean errors, partial
failures, progress, time limits, cancellation or more than four operations at once. Each module here gets one
of them from what the process does have, and falls back to the SDK's own behaviour where a later SDK is laid
out differently. `tests/hosts_dynamic` fails when that happens.

`provider` is all that a program imports. `adapter` turns a handler into the six methods, `process` holds what
the calls of one plugin process share.
"""
