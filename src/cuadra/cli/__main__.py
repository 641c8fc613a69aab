"""`python -m cuadra.cli`: the console script where it is not installed."""

from cuadra.cli import main

if __name__ == "__main__":
    main()
