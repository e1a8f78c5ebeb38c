"""One command's way to Twilio for any client: accounts, the Run object, error texts. Knows no Pulumi."""
