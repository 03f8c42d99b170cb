# SPDX-License-Identifier: Apache-2.0
"""Random sequences of operations on a mounted queue whose jobs run meanwhile, against a model of what filed(5) allows.

    fuzz_test.py                          a few sequences, in some seconds
    fuzz_test.py --seeds 500              for long; --first N: from this seed on
    fuzz_test.py --seed 17 --steps 90     one again, as a failure says
    fuzz_test.py --canary --first 6       models with a wrong rule: each must disagree with filed

A sequence is the same each time; when jobs start and end is not, unless max_job_count is 0."""

import argparse
import ctypes
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from harness import FiledCase, main  # noqa: E402
from model import PLANTS, Disagreement  # noqa: E402
from operations import Maker  # noqa: E402
from player import Player  # noqa: E402
from settlement import Settlement, drain  # noqa: E402

AT_FDCWD = -100
LIBC = ctypes.CDLL(None, use_errno=True)


def renameat2(source, target, flags):
    """rename(2) with flags; Python has none."""
    if LIBC.renameat2(AT_FDCWD, ctypes.c_char_p(source), AT_FDCWD, ctypes.c_char_p(target), flags) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class Fuzz(FiledCase):
    again = ""  # the command that plays a sequence again

    def play(self, seed, steps, plant=None):
        work = self.file("work")
        os.mkdir(work)
        queue = self.mount()
        player = Player(queue, renameat2, work, plant)
        self.addCleanup(player.end)
        try:
            player.play(Maker(seed).sequence(steps))
            drain(player)
            settlement = Settlement(player, work, self.directory)
            wrong = settlement.complaints()
            if not wrong:
                settlement.after_a_restart()
            if wrong:
                raise Disagreement("\n  ".join(["afterwards:", *wrong]))
        except (Disagreement, OSError) as error:
            if plant is None:
                recent = "\n  ".join(player.trace[-30:])
                self.fail(f"{error}\nagain: {self.again.replace('SEED', str(seed))}\n  {recent}")
            return error
        return None


def add_tests(options):
    """One test for each sequence."""
    if options.canary:
        for number, (plant, words) in enumerate(PLANTS.items()):
            def disagrees(self, plant=plant, words=words):
                error = self.play(options.first, 16 * options.steps, plant)  # jobs end when they do
                self.assertIsInstance(error, Disagreement, f"finds no fault with the rule that {plant}")
                self.assertIn(words, str(error), plant)
            setattr(Fuzz, f"test_canary_{number}", disagrees)
        return
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    for seed in seeds:
        setattr(Fuzz, f"test_seed_{seed:04}", lambda self, seed=seed: self.play(seed, options.steps))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="this sequence alone")
    parser.add_argument("--seeds", type=int, default=4, help="how many sequences")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first")
    parser.add_argument("--steps", type=int, default=250, help="operations of a sequence")
    parser.add_argument("--canary", action="store_true", help="plant wrong rules into the model")
    options, rest = parser.parse_known_args()
    again = f"{sys.argv[0]} --seed SEED --steps {options.steps}"
    sys.argv[1:] = rest  # for unittest
    return options, again


if __name__ == "__main__":
    chosen, Fuzz.again = parsed()
    Fuzz.seconds = Fuzz.seconds + chosen.steps / 4
    add_tests(chosen)
    main()
