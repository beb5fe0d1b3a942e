#!/bin/sh
# Somebody has a coffee.
set -eu
sleep 8
