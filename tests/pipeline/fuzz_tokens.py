"""The variables with the fuzzer's tokens, apart from its rules: its library is long to import."""

from typing import Final

TOKEN: Final = "FUZZ_TOKEN"
SPARE_TOKEN: Final = "FUZZ_SPARE_TOKEN"
