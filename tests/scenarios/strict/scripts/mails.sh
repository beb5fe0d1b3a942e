#!/bin/sh
# The subject of each mail in the mailbox, a line for each.
grep -hs -m 1 '^Subject: ' /srv/box/mails/new/* || true
