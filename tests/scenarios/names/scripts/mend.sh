#!/bin/sh
# It runs again.
set -eu
systemctl start hello
