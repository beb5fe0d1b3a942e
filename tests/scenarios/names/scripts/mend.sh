#!/bin/sh
# It runs again, and answers.
set -eu
systemctl start hello
until curl -s -o /dev/null http://localhost:8080/; do sleep 0.1; done
