#!/bin/sh
# The first login on a new server: who are we, where, and may we become root?
set -eu
echo "logged in as $(id -un) on $(hostname), $(. /etc/os-release && echo "$PRETTY_NAME")"
sudo -n true
