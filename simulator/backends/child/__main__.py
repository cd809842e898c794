"""The program of a child process. Its one argument is a JSON object: what `Child` in connection.py tells it."""

import json
import sys

if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    # The modules of the user are found where the parent finds them, our own too.
    sys.path[:] = told["path"]

    from simulator.backends.child.service import serve

    serve(told)
