#!/bin/sh
# Somebody waits for people, or looks at the queue for a while.
set -eu
sleep 6
