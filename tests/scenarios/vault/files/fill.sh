#!/bin/sh
# What the vault holds before the migration.
set -eu
echo 'Kept for many years.' > /srv/vault/deed.txt
