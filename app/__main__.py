"""`python -m app COMMAND`."""

import os
import sys

from app.command_line import main

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except KeyboardInterrupt:
        sys.exit(130)
