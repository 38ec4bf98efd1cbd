"""`python -m fuzz [TARGET] [--seconds N] [--keep]`: run targets one after the other, and say how.

The corpus stays in `.fuzz`, with each log; an input that broke a promise is written beside it. With
`--keep` some of the inputs that reached something new are copied to `fuzz/seeds`.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".fuzz"
SEEDS = ROOT / "fuzz" / "seeds"
TARGETS = ("ber", "cms", "mime", "status")
LONGEST = {"ber": 2048, "cms": 8192, "mime": 16384, "status": 8192}
SLOWEST = 10  # seconds for one input, with the other core busy: more is a finding
MOST_MEGABYTES = 1024
KEPT_BYTES, KEPT_INPUTS = 45_000, 100  # of one target, in the repository


def fuzz(target: str, seconds: int) -> bool:
    """Run one target for so long; says whether nothing was found."""
    corpus = WORK / target
    corpus.mkdir(parents=True, exist_ok=True)
    log = WORK / f"{target}.log"
    with log.open("wb") as out:
        done = subprocess.run(
            [
                *_engine(target),
                f"-max_total_time={seconds}",
                f"-artifact_prefix={WORK / target}-",
                *("-print_final_stats=1", str(corpus), *_seeds(target)),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            cwd=ROOT,
        )
    text = log.read_text("utf-8", "replace")
    print(f"{target}: {told(text)}; {'nothing found' if done.returncode == 0 else 'FOUND'}: {log}")
    return done.returncode == 0


def told(log: str) -> str:
    """What a run came to, from libFuzzer's own log."""
    count = re.search(r"number_of_executed_units: (\d+)", log)
    ran = re.search(r"Done \d+ runs in (\d+) second", log)
    branches = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log)
    if count is None or not branches:
        return "ended early"
    covered, features, inputs = branches[-1]
    lasted = f"{ran[1]} s, " if ran else ""
    return (
        f"{lasted}{count[1]} inputs, {covered} branches, {features} features, {inputs} kept inputs"
    )


def keep(target: str) -> None:
    """Renew the seeds from the inputs that reached something new: some of each size.

    What GnuPG itself wrote has a name, and stays.
    """
    left = KEPT_BYTES
    found = [path.read_bytes() for path in (WORK / target).iterdir()]
    (SEEDS / target).mkdir(parents=True, exist_ok=True)
    for old in (SEEDS / target).iterdir():
        if "-" not in old.name:
            old.unlink()
    by_size = sorted(found, key=lambda data: (len(data), data))
    for data in by_size[:: max(1, len(found) // KEPT_INPUTS)]:
        left -= len(data)
        if left < 0:
            break
        (SEEDS / target / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _engine(target: str) -> list[str]:
    return [
        *(sys.executable, "-m", "fuzz.engine", target),
        f"-max_len={LONGEST[target]}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
    ]


def _seeds(target: str) -> list[str]:
    folder = SEEDS / target
    return [str(folder)] if folder.is_dir() else []


def main() -> int:
    """Give 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=(*TARGETS, "all"), default="all")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true", help="renew the seeds of the repository")
    asked = parser.parse_args()
    targets = TARGETS if asked.target == "all" else (asked.target,)
    good = [fuzz(target, asked.seconds) for target in targets]
    if asked.keep and all(good):
        for target in targets:
            keep(target)
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
