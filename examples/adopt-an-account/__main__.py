"""An account that was adopted as it is: `adopted.py` is what `twilio-emergency adopt` wrote."""

import pulumi

import adopted

pulumi.export("numbers", list(adopted.boston_numbers))
