"""No packages."""

import sys

sys.stdout.write("[]\n")
