"""``python -m screen``: what schedules call, by absolute path of the interpreter."""

from screen.cli import main

if __name__ == "__main__":
    main()
