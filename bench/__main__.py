"""Run the measurements: `./run bench --help` says what can be chosen."""

import sys

from bench.pages import main

sys.exit(main())
