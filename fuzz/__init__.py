"""Coverage-guided fuzzing of what reads a stranger's bytes: `make fuzz SECONDS=1200 TARGET=mime`.

A target is a module with `INSTRUMENTED`, the packages whose branches guide the search, `seeds()`,
well-formed inputs to begin with, and `one(data)`, which raises when a promise is broken:
only the package's own errors come out, the same bytes are read the same way wherever they stand,
and nothing that was not sealed or signed is said to be. libFuzzer adds the bounds of time and
memory. What was kept in `fuzz/seeds` is read again by each `make test`, without the fuzzer.
"""
