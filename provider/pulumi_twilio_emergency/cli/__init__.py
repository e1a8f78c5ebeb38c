"""
`twilio-emergency` on the command line: thin commands, and how their answers look on a screen.

One module for each command. Nothing here decides about emergencies (`core`) or compares accounts (`audit`,
`adopt`), and no command writes to Twilio. Needs the extra `[cli]`.
"""
