"""Pure decisions: input checks, normalization, suggestions, the next step, guards. Asks Twilio nothing."""
