#!/bin/sh
# Stops a unit, and starts it a moment later.
set -eu
sudo systemctl disable --now hello.service
sleep 1
sudo systemctl enable --now hello.service
