"""What is done at Twilio, in which order: addresses, bindings, SIP domains. Knows no host."""
