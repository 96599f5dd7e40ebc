"""Clients that are not of this project, made ready by its scripts: where one cannot be had, the test says why."""
import os
import subprocess
import unittest

from embedded_cluster import ROOT

CLIENTS = os.path.join(ROOT, "e2e/clients")
PODS = os.path.join(CLIENTS, "pods.yaml")


def made_by(tool, *arguments):
    """The last line that a tool prints. Skips the test with the tool's own words where it cannot work."""
    done = subprocess.run([os.path.join(ROOT, "tools", tool), *arguments], text=True, capture_output=True)
    if done.returncode == 69:
        raise unittest.SkipTest(done.stderr.strip().splitlines()[-1])
    if done.returncode != 0:
        raise AssertionError(f"tools/{tool}: {done.stdout}\n{done.stderr}")
    return done.stdout.strip().splitlines()[-1]
