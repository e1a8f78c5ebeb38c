"""What a Python program declares: arguments, outputs and their documentation. Does nothing at Twilio."""
