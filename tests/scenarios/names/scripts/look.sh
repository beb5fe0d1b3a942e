#!/bin/sh
# An operator who looks around for a while.
set -eu
sleep 6
