"""One command's way to Twilio for any client: settings to accounts, the Run object, error texts. Knows no Pulumi."""
