#!/bin/sh
# Ends with 0 while the service is away, and with 1 when it answers.
set -eu
if curl -s -o /dev/null http://localhost:8080/; then exit 1; fi
