"""An account that was adopted as it is: `adopted.py` is what `twilio-emergency adopt` wrote."""

import adopted
import pulumi

pulumi.export("numbers", list(adopted.boston_numbers))
