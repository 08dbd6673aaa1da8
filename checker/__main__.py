"""`python -m checker`: starts the first worker, and the command line while that one loads."""

import sys

# Commands that judge nothing; to start a worker for one of them would only waste power.
WITHOUT_WORKER = {"init", "--help", "--version", "--show-completion", "--install-completion"}


def main() -> None:
    """Run the command line."""
    try:
        from contextlib import suppress

        from checker.errors import CheckerError
        from checker.workers import Workers

        workers = Workers()
        try:
            # An error comes again, and is told, when the worker is needed.
            with suppress(CheckerError):
                if not WITHOUT_WORKER.intersection(sys.argv):
                    workers.prepare()
            from checker.cli import run

            run(workers)
        finally:
            workers.close()
    except KeyboardInterrupt:
        # Ctrl-C while modules were still being imported; later ones are told by the command line.
        sys.exit(130)


if __name__ == "__main__":
    main()
