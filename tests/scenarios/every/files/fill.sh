#!/bin/sh
# The data that the service has before the migration.
set -eu
echo 'This was acknowledged, so it may not be lost.' > /srv/page/first.txt
