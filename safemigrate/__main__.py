"""``python -m safemigrate``."""

from safemigrate.cli import main

main()
