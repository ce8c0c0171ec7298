"""``python -m dv_gen`` is ``dv-gen``."""

from dv_gen.cli import main

main()
