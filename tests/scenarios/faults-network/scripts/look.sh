#!/bin/sh
# An operator who looks around.
set -eu
echo "$(id -un) on $(hostname)"
