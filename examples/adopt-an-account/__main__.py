"""An account that was adopted as it is: `adopted.py` is what `twilio-emergency adopt` wrote."""

import adopted  # noqa: F401 - importing it declares everything
